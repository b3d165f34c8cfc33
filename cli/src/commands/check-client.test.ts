import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ssert } from '../../testing/command-process.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';

const literal = pathToFileURL(
  fileURLToPath(new URL('../../../conformance/defective-clients/literal-client.ts', import.meta.url)),
).href;

/** An adapter module of its own, on the literal client. */
async function adapter(source: string): Promise<AsyncDisposable & { readonly file: string }> {
  const folder = await emptyFolder();
  const file = join(folder.path, 'adapter.ts');
  await writeFile(file, `import { literalClient } from ${JSON.stringify(literal)};\n${source}`);
  return Object.assign(folder, { file });
}

const few = ['--rule', 'parse/line-feed', '--rule', 'parse/null-in-data'];

describe.concurrent('ssert check-client', () => {
  test('passes a client that reads the standard literally', async () => {
    await using client = await adapter('export default literalClient();');
    const { code, stdout } = await ssert(['check-client', client.file, ...few]);
    expect(stdout).toContain('parse/null-in-data');
    expect(code).toBe(0);
  });

  test('fails one that ends data at a NUL, tells what came, and how to see it again', async () => {
    const cutting = 'deliver: (event, report) => report({ ...event, data: event.data.split("\\0")[0] })';
    await using client = await adapter(`export default literalClient({ ${cutting} });`);
    const { code, stdout } = await ssert(['check-client', client.file, ...few, '--reporter', 'json', '--seed', '3']);
    const { results, target } = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(target.capabilities).toContain('comments');
    expect(results.map(({ verdict }: { verdict: string }) => verdict)).toEqual(['pass', 'fail']);
    expect(results[1].message).toBe('sent in one write: message "" came in place of message "\\u0000"');
    expect(results[1].reproduce).toBe(`ssert check-client ${client.file} --rule parse/null-in-data --seed 3`);
  });

  test('goes on after a client that crashes, and tells on which rule it did', async () => {
    const crash = 'if (event.data === "\\0") setTimeout(() => { throw new Error("cannot bear it"); })';
    await using client = await adapter(
      `export default literalClient({ deliver: (event, report) => { ${crash}; report(event); } });`,
    );
    const { code, stdout } = await ssert(['check-client', client.file, ...few, '--rule', 'parse/crlf', '--jobs', '1']);
    expect(stdout).toContain("the client's process ended: Error: cannot bear it");
    expect(stdout).toMatch(/✓ parse\/crlf/);
    expect(code).toBe(1);
  });

  test('judges a client behind a command that speaks JSON, a line each', async () => {
    const lines = `import { createInterface } from 'node:readline';
      const tell = (message) => console.log(JSON.stringify(message));
      const open = new Map();
      tell({ tell: 'ready', name: 'behind a command', capabilities: [] });
      createInterface(process.stdin).on('line', async (line) => {
        const { do: what, stream, options } = JSON.parse(line);
        if (what === 'open') open.set(stream, await literalClient().open(options, (report) => tell({ tell: 'report', stream, report })));
        else open.get(stream)?.close();
      });`;
    await using client = await adapter(lines);
    const command = `${process.execPath} --conditions=@ssert/source ${client.file}`;
    const { code, stdout } = await ssert(['check-client', `command:${command}`, ...few]);
    expect(stdout).toContain('behind a command');
    expect(code).toBe(0);
    const { code: chatty, stderr } = await ssert(['check-client', 'command:echo hello', ...few]);
    expect([chatty, stderr]).toEqual([3, expect.stringContaining('it wrote a line that is no JSON object: hello')]);
  });

  test('begins with --thorough what takes minutes and is skipped otherwise', async () => {
    await using client = await adapter('export default literalClient();');
    const silence = ['check-client', client.file, '--rule', 'limits/idle-six-minutes'];
    const [usual, thorough] = await Promise.all([ssert(silence), ssert([...silence, '--thorough', '--timeout', '2'])]);
    expect(usual.stdout).toContain('it takes 6 minutes, and is left to --thorough');
    expect(thorough.stdout).not.toContain('it takes 6 minutes');
    expect(thorough.stderr).toContain('the run was not done within 2 s');
  });

  test('names --thorough where a failure is to be seen again', async () => {
    const deaf = 'deliver: (event, report) => report({ ...event, data: "" })';
    await using client = await adapter(`export default literalClient({ ${deaf} });`);
    const flags = ['--rule', 'parse/line-feed', '--thorough', '--seed', '3', '--reporter', 'json'];
    const { stdout } = await ssert(['check-client', client.file, ...flags]);
    expect(JSON.parse(stdout).results[0].reproduce).toBe(
      `ssert check-client ${client.file} --thorough --rule parse/line-feed --seed 3`,
    );
  });

  test('tells in one line what is no adapter', async () => {
    await using client = await adapter('export default { literalClient };');
    const { code, stderr } = await ssert(['check-client', client.file, ...few]);
    expect(stderr).toMatch(/^ssert: CLIENT is "adapter.ts"; give a module [^\n]*function "open"[^\n]*\n$/);
    expect(code).toBe(2);
  });

  test.each([
    ['nowhere.js', /^CLIENT is "nowhere.js"; give the path of a file that is there$/],
    ['foo', /^CLIENT is "foo"; give the URL of a test service such as http:\/\/localhost:8000, an adapter module/],
    ['127.0.0.1:8000', / such as http:\/\/127\.0\.0\.1:8000, an adapter module that ends in .ts, .js or .mjs, /],
    [
      'localhost/service',
      / such as http:\/\/localhost\/service, .* browser:chromium, or command: and a shell command$/,
    ],
    ['http://', /^CLIENT is "http:\/\/"; give the URL/],
    ['command:', /^CLIENT is "command:"; give the URL/],
    ['browser:opera', /^CLIENT is "browser:opera"; give browser:chromium$/],
  ])('%s is wrong usage, which exits 2 with what CLIENT can be', async (client, message) => {
    const { code, complaints } = await runHere(['check-client', client]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(code).toBe(2);
  });
});

test.each([
  [['', ...few], /^CLIENT is ""; give the URL of a test service/],
  [['command: ', ...few], /^CLIENT is "command: "; give the URL of .*command: and a shell command$/],
  [['adapter.js', '--rule', ''], /^--rule is ""; give --rule GLOB$/],
])('what is empty is named, and exits 2: %j', async (args, message) => {
  const { code, complaints } = await runHere(['check-client', ...args]);
  expect(complaints).toEqual([expect.stringMatching(message)]);
  expect(code).toBe(2);
});
