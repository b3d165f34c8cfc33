import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CommandProcess, ssert } from '../../testing/command-process.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';

const lint = (stdin: string, ...flags: string[]) => ssert(['lint', ...flags], { stdin });

describe.concurrent('ssert lint', () => {
  test('each violation is printed as soon as its line is in, while the stream goes on', async () => {
    using command = new CommandProcess(['lint']);
    command.child.stdin.write('data: fine\n\nDate: x\n');
    await command.until(
      'stdout',
      /offset 12, line 3: warning framing\/known-fields .*"Date".*\n {4}Date: x\n {4}\^{4}\n/,
    );
    command.child.stdin.write('retry: soon\n\n');
    await command.until('stdout', /offset 27, line 4: error framing\/retry-digits.*\n {4}retry: soon\n {11}\^{4}\n/);
    command.child.stdin.end();
    const { code, stdout, stderr } = await command.finished;
    expect(stdout).toMatch(/^33 bytes, 1 event, 0 comments: 1 error, 1 warning, 0 notes\n$/m);
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  test('Ctrl-C ends it with the summary of what came', async () => {
    using command = new CommandProcess(['lint']);
    command.child.stdin.write('Date: x\n\ndata: unfinished');
    await command.until('stdout', /known-fields/);
    command.child.kill('SIGINT');
    const { code, stdout } = await command.finished;
    expect(stdout).toMatch(/25 bytes, 0 events, 0 comments: 0 errors, 1 warning, 0 notes\n$/);
    expect(code).toBe(0);
  });

  test('a clean stream exits 0, one with warnings 1 only with --strict', async () => {
    expect(await lint(': hi\n\ndata: x\n\n')).toEqual({
      code: 0,
      stdout: '15 bytes, 1 event, 1 comment: 0 errors, 0 warnings, 0 notes\n',
      stderr: '',
    });
    expect((await lint('Date: x\n\n')).code).toBe(0);
    expect((await lint('Date: x\n\n', '--strict')).code).toBe(1);
    expect((await lint('Date: x\n\n', '--strict', '--allow-field', 'Date')).code).toBe(0);
  });

  test('an unfinished end is a note, and an error where the recording is --complete', async () => {
    const cut = await lint('data: x\n\ndata: y');
    expect(cut.stdout).toMatch(/note framing\/last-event-terminated/);
    expect(cut.code).toBe(0);
    const complete = await lint('data: x\n\ndata: y', '--complete');
    expect(complete.stdout).toMatch(/error framing\/last-event-terminated/);
    expect(complete.code).toBe(1);
  });

  test('--json gives one object per line, the summary last', async () => {
    const { code, stdout } = await lint('id: a\0b\ndata: \ud83d\n\n', '--json');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      {
        rule: 'framing/null-in-id',
        severity: 'error',
        offset: 5,
        line: 1,
        field: 'id',
        message: expect.stringContaining('U+0000'),
        bytes: { hex: '69643a20610062', text: 'id: a\\0b', mark: [5, 6] },
      },
      { summary: { bytes: 19, headBytes: 0, events: 1, comments: 0, errors: 1, warnings: 0, notes: 0 } },
    ]);
    expect(code).toBe(1);
  });

  test('response heads as curl -i records them are skipped, redirects included', async () => {
    const heads = 'HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\n';
    const { code, stdout } = await lint(`${heads}Date: x\n\n`);
    expect(stdout).toMatch(/^offset 0, line 1: warning/);
    expect(stdout).toContain(`after a response head of ${heads.length} bytes`);
    expect(code).toBe(0);
  });

  test('a file is read as standard input is', async () => {
    await using folder = await emptyFolder();
    const file = join(folder.path, 'recording');
    await writeFile(file, Buffer.from('data: caf\xff\n\n', 'latin1'));
    const { code, stdout } = await ssert(['lint', file]);
    expect(stdout).toContain('    data: caf\\xff\n             ^^^^\n');
    expect(code).toBe(1);
  });

  test('a reader that goes away ends it without a word', async () => {
    using command = new CommandProcess(['lint']);
    command.child.stdin.write('Date: x\n');
    await command.until('stdout', /known-fields/);
    command.child.stdout.destroy();
    const feed = setInterval(() => command.child.stdin.write('Date: x\n'), 5);
    const { code, stderr } = await command.finished;
    clearInterval(feed);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('not a single byte exits 3', async () => {
    const { code, stderr } = await lint('');
    expect(stderr).toMatch(/^ssert: not a single byte [^\n]+\n$/);
    expect(code).toBe(3);
  });

  test.each([
    [['no-such-file'], /there is no file no-such-file/],
    [['.'], /is a folder/],
    [['a', 'b'], /one FILE at a time/],
    [['--allow-field'], /--allow-field needs a value/],
  ])('wrong usage exits 2 with one line: %j', async (args, message) => {
    const { code, stdout, complaints } = await runHere(['lint', ...args]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
