import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Behaviour, type PlainServer, startPlainServer } from '../../../conformance/defects/plain-server.ts';
import { CommandProcess, ssert } from '../../testing/command-process.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';
import type { Report } from '../report.ts';

const schema = JSON.parse(await readFile(new URL('../../report.schema.json', import.meta.url), 'utf8'));
/** The published schema lets keys be added; here every key must be described. */
const conforms = new Ajv({ strict: true, allowUnionTypes: true }).compile(closed(schema) as object);

function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (node === null || typeof node !== 'object') return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  return copy.type === 'object' && !('additionalProperties' in copy) ? { ...copy, additionalProperties: false } : copy;
}

test('the published schema says what each key means', () => {
  const silent: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (node === null || typeof node !== 'object') return;
    for (const [key, inner] of Object.entries(node)) {
      if (key !== 'properties') visit(inner, `${path}/${key}`);
      else
        for (const [name, property] of Object.entries(inner as Record<string, { description?: string }>)) {
          if (!property.description) silent.push(`${path}/${name}`);
          visit(property, `${path}/${name}`);
        }
    }
  };
  visit(schema, '');
  expect(silent).toEqual([]);
});

/** The report on standard output, held against the schema. */
function reportIn(stdout: string): Report {
  const report = JSON.parse(stdout);
  expect(conforms(report), JSON.stringify(conforms.errors)).toBe(true);
  return report;
}

/** A server that closes at the end of its scope. */
async function plainServer(behaviour: Partial<Behaviour> = {}): Promise<PlainServer & AsyncDisposable> {
  const server = await startPlainServer(behaviour);
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

/** One line on standard error, in the program's name, without a stack. */
const oneLine = /^ssert: [^\n]+\n$/;

let correct: PlainServer;
beforeAll(async () => {
  correct = await startPlainServer();
});
afterAll(() => correct.close());

const framing = ['--rule', 'framing/newline-in-data', '--rule', 'framing/leading-space-kept', '--runs', '5'];
/** Loses the second line of data: framing/newline-in-data fails, framing/leading-space-kept holds. */
const losesLines: Partial<Behaviour> = { encode: ({ data }) => `data: ${data.split('\n')[0]}\n\n` };

/** The rule on the size of events comes after those on framing, and sends one above 1 MiB. */
const thenLarge = ['--rule', 'framing/newline-in-data', '--rule', 'framing/event-size', '--runs', '5'];
const largeBytes = 500_000;
const diesOfLargeEvents: Partial<Behaviour> = {
  refuse: ({ data }, server) => {
    if (data.length > largeBytes) void server.close();
    return undefined;
  },
};

describe.concurrent('ssert check', () => {
  test('a correct server exits 0, and its report is all that stands on standard output', async () => {
    const args = [`${correct.url}/stream`, '--publish', `${correct.url}/publish`, '--seed', '7', '--reporter', 'json'];
    const { code, stdout, stderr } = await ssert(['check', ...args, ...framing]);
    const report = reportIn(stdout);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(report.summary).toMatchObject({ pass: 2, fail: 0 });
    expect(report.seed).toBe(7);
    expect(report.target.access).toEqual(['stream', 'publish']);
  });

  test('a broken rule exits 1 with statement, bytes, counterexample, commands and standard', async () => {
    await using server = await plainServer(losesLines);
    const args = ['check', `${server.url}/stream`, '--publish', `${server.url}/publish`, '--seed', '7', ...framing];
    const { code, stdout } = await ssert(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {2}✗ framing\/newline-in-data {3,}\S/m);
    expect(stdout).toMatch(/^ {2}✓ framing\/leading-space-kept {2}\S/m);
    expect(stdout).toMatch(/should +Data with LF is sent as/);
    expect(stdout).toMatch(/bytes +data: .*\\n/);
    expect(stdout).toMatch(/smallest +"a?\\n/);
    expect(stdout).toMatch(/again +curl /);
    expect(stdout).toContain(
      `ssert check ${server.url}/stream --publish ${server.url}/publish --runs 5 --rule framing/newline-in-data --seed 7`,
    );
    expect(stdout).toMatch(/standard +https:\/\/html\.spec\.whatwg\.org/);
    expect(stdout).toMatch(/^1 failed, 1 passed · \d+\.\d s · seed 7\n$/m);
    expect(stdout).not.toContain('\u001b');
  });

  test('colours come with FORCE_COLOR and go with NO_COLOR', async () => {
    const args = ['check', `${correct.url}/stream`, '--rule', 'framing/valid-utf-8'];
    expect((await ssert(args, { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[32m✓');
    expect((await ssert(args, { env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });

  test('a warning exits 0, and 1 with --strict', async () => {
    await using server = await plainServer({ greeting: 'Data: x\n\n' });
    const args = ['check', `${server.url}/stream`, '--rule', 'framing/known-fields'];
    const lenient = await ssert(args);
    expect(lenient.code).toBe(0);
    expect(lenient.stdout).toMatch(/bytes +Data: x\n +\^\^\^\^\n/);
    expect((await ssert([...args, '--strict'])).code).toBe(1);
  });

  test('rules that were skipped are named with the flag that unlocks them, and count with --require-access', async () => {
    const args = ['check', `${correct.url}/stream`, '--area', 'framing', '--level', 'must'];
    const lenient = await ssert(args);
    expect(lenient.code).toBe(0);
    expect(lenient.stdout).toMatch(/^ +\d+ rules for want of --publish URL: framing\//m);
    expect((await ssert([...args, '--require-access'])).code).toBe(1);
  });

  test('a run that judges nothing exits 3', async () => {
    const { code, stdout } = await ssert(['check', `${correct.url}/stream`, '--rule', 'framing/newline-in-data']);
    expect(stdout).toMatch(/0 passed, 1 not judged/);
    expect(code).toBe(3);
  });

  test('nothing that listens exits 3 with one line, and the report is written all the same', async () => {
    const { code, stdout, stderr } = await ssert(['check', 'http://127.0.0.1:9/stream', '--reporter', 'json']);
    expect(code).toBe(3);
    expect(stderr).toBe('ssert: nothing listens on 127.0.0.1:9: start the server, or let --start do it\n');
    expect(reportIn(stdout)).toMatchObject({ results: [], brokenOff: { why: 'target-unreachable' } });
    expect((await ssert(['check', 'http://127.0.0.1:9/stream'])).stdout).toBe('');
  });

  test('a port that speaks another protocol exits 3 with one line', async () => {
    await using server = createServer((socket) => socket.resume().end('220 mail.example ESMTP\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const { code, stderr } = await ssert(['check', `http://127.0.0.1:${port}/`]);
    expect(code).toBe(3);
    expect(stderr).toMatch(oneLine);
    expect(stderr).toMatch(/is the port right/);
  });

  test('TLS with a server that has none exits 3 with one line', async () => {
    await using server = createHttpServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const { code, stderr } = await ssert(['check', `https://127.0.0.1:${port}/stream`]);
    expect(code).toBe(3);
    expect(stderr).toMatch(oneLine);
    expect(stderr).toMatch(/TLS with 127\.0\.0\.1:\d+ failed/);
  });

  test('a server that goes away in the middle exits 3, and what was found before stands', async () => {
    await using server = await plainServer(diesOfLargeEvents);
    const args = ['check', `${server.url}/stream`, '--publish', `${server.url}/publish`, '--reporter', 'json'];
    const { code, stdout, stderr } = await ssert([...args, ...thenLarge]);
    const report = reportIn(stdout);
    expect(report.brokenOff?.why).toBe('target-lost');
    expect(report.results.map(({ id, verdict }) => [id, verdict])).toContainEqual(['framing/newline-in-data', 'pass']);
    expect(code).toBe(3);
    expect(stderr).toMatch(oneLine);
    expect(stderr).toMatch(/the server went away/);
  });

  test('a failure that was seen before the server went away is still 1', async () => {
    await using server = await plainServer({ ...losesLines, ...diesOfLargeEvents });
    const args = ['check', `${server.url}/stream`, '--publish', `${server.url}/publish`, '--reporter', 'json'];
    const { code, stdout } = await ssert([...args, ...thenLarge]);
    expect(reportIn(stdout).brokenOff?.why).toBe('target-lost');
    expect(code).toBe(1);
  });

  test('--timeout breaks the run off with its report', async () => {
    await using server = await plainServer({ answer: ({ path }) => (path === '/publish' ? 'no answer' : undefined) });
    const args = ['check', `${server.url}/stream`, '--publish', `${server.url}/publish`, '--reporter', 'json'];
    const { code, stdout, stderr } = await ssert([...args, ...framing, '--timeout', '0.5']);
    expect(reportIn(stdout).brokenOff?.why).toBe('timeout');
    expect(code).toBe(3);
    expect(stderr).toMatch(/raise --timeout/);
  });

  test('Ctrl-C ends the run with the report of what is known', async () => {
    const hanging = Promise.withResolvers<void>();
    await using server = await plainServer({
      answer: ({ body }) => {
        if (body.length < largeBytes) return undefined;
        hanging.resolve();
        return 'no answer';
      },
    });
    const args = ['check', `${server.url}/stream`, '--publish', `${server.url}/publish`, '--reporter', 'json'];
    using command = new CommandProcess([...args, ...thenLarge]);
    await hanging.promise;
    command.child.kill('SIGINT');
    const { code, stdout, stderr } = await command.finished;
    const report = reportIn(stdout);
    expect(report.brokenOff?.why).toBe('interrupted');
    expect(report.summary).toMatchObject({ pass: 1 });
    expect(code).toBe(130);
    expect(stderr).toMatch(oneLine);
  });

  test('Ctrl-C writes every report that was asked for', async () => {
    const hanging = Promise.withResolvers<void>();
    await using server = await plainServer({
      answer: ({ path }) => {
        if (path !== '/publish') return undefined;
        hanging.resolve();
        return 'no answer';
      },
    });
    await using folder = await emptyFolder();
    const args = ['check', `${server.url}/stream`, '--publish', `${server.url}/publish`, '--area', 'http,framing'];
    using command = new CommandProcess([...args, '--reporter', 'json,junit,tap,html', '--output', folder.path]);
    await hanging.promise;
    command.child.kill('SIGINT');
    const { code, stdout } = await command.finished;
    const read = (name: string): Promise<string> => readFile(join(folder.path, name), 'utf8');
    expect(stdout).toBe('');
    expect(code).not.toBe(0);
    expect(reportIn(await read('report.json')).brokenOff?.why).toBe('interrupted');
    expect(await read('report.xml')).toContain('<error message="the run was interrupted" type="run">');
    expect(await read('report.tap')).toMatch(/^Bail out! the run was interrupted$/m);
    expect(await read('report.html')).toContain('The run broke off: the run was interrupted');
  });

  test('the second Ctrl-C ends at once, and the server that was started ends as well', async () => {
    const deaf = fileURLToPath(new URL('../../testing/deaf-server.ts', import.meta.url));
    const port = await unusedPort();
    const start = `${process.execPath} ${deaf} {port}`;
    using command = new CommandProcess(['check', `http://127.0.0.1:${port}/stream`, '--start', start]);
    await expect.poll(() => accepts(port), { timeout: 40_000 }).toBe(true);
    const again = setInterval(() => command.child.kill('SIGINT'), 50);
    const { code } = await command.finished;
    clearInterval(again);
    expect(code).not.toBe(0);
    await expect.poll(() => accepts(port), { timeout: 5000 }).toBe(false);
  });

  test('--start runs the server on the port of {port}', async () => {
    await using folder = await emptyFolder();
    const plain = new URL('../../../conformance/defects/plain-server.ts', import.meta.url).href;
    const file = join(folder.path, 'server.ts');
    await writeFile(
      file,
      `import { startPlainServer } from '${plain}';\nawait startPlainServer({}, Number(process.argv[2]));\n`,
    );
    const start = `${process.execPath} --conditions=@ssert/source ${file} {port}`;
    const args = ['check', 'http://127.0.0.1:{port}/stream', '--publish', 'http://127.0.0.1:{port}/publish'];
    const { code, stdout } = await ssert([...args, '--start', start, ...framing, '--reporter', 'json']);
    expect(code).toBe(0);
    expect(reportIn(stdout).target).toMatchObject({ url: args[1], access: ['stream', 'publish', 'process'] });
  });

  test('a target file describes the server, and flags win over it', async () => {
    await using folder = await emptyFolder();
    const file = join(folder.path, 'ssert.target.ts');
    const target = {
      name: 'plain',
      stream: { url: `${correct.url}/stream`, headers: { Authorization: 'Bearer from-the-file' } },
      publish: `${correct.url}/nowhere`,
      bounds: { open: 500, event: 300 },
    };
    await writeFile(file, `const name: string = 'plain';\nexport default { ...${JSON.stringify(target)}, name };\n`);
    const flags = ['--publish', `${correct.url}/publish`, '--bound', 'event=100ms', '--profile', 'live,browser'];
    const { code, stdout } = await ssert(['check', file, ...flags, ...framing, '--reporter', 'json']);
    expect(code).toBe(0);
    expect(reportIn(stdout).target).toMatchObject({
      name: 'plain',
      profiles: ['live', 'browser'],
      bounds: { open: 500, event: 100 },
    });
  });

  test('credentials of flags are in no report', async () => {
    await using server = await plainServer(losesLines);
    const secrets = ['--header', 'Authorization: Bearer s3cr3t-t0ken', '--header', "X-Api-Key: it's-secret"];
    const args = ['check', `${server.url}/stream?token=hush-hush`, '--publish', `${server.url}/publish`, ...secrets];
    await using folder = await emptyFolder();
    const { code, stdout, stderr } = await ssert([...args, ...framing, '--reporter', 'human', '--output', folder.path]);
    const report = await readFile(join(folder.path, 'report.json'), 'utf8');
    expect(code).toBe(1);
    expect(stdout).toContain('[redacted]');
    expect(`${stdout}${stderr}${report}`).not.toMatch(/s3cr3t-t0ken|it'\\?\\?''s-secret|it's-secret|hush-hush/);
  });

  test('a password that is a word of the report leaves the report as it is', async () => {
    await using server = await plainServer();
    await using folder = await emptyFolder();
    const url = `${server.url.replace('//', '//user:pass@')}/stream`;
    const reporters = ['--reporter', 'human,json,junit,html,tap', '--output', folder.path];
    const { code, stdout } = await ssert(['check', url, '--rule', 'framing/valid-utf-8', ...reporters]);
    expect(stdout).toMatch(/✓ framing\/valid-utf-8/);
    const report = reportIn(await readFile(join(folder.path, 'report.json'), 'utf8'));
    expect(report.summary.pass).toBe(1);
    expect(report.target.url).toBe(url.replace('pass', '[redacted]'));
    expect(code).toBe(0);
  });

  test('a secret that the server echoes is in no report, also where bytes are shown', async () => {
    const secret = 'echoed-s3cr3t';
    await using server = await plainServer({ greeting: `id: ${secret}\0\n\n` });
    await using folder = await emptyFolder();
    const args = ['check', `${server.url}/stream`, '--header', `Authorization: Bearer ${secret}`];
    const reporters = ['--reporter', 'human,json,junit,html,tap', '--output', folder.path];
    const { stdout } = await ssert([...args, '--rule', 'framing/null-in-id', ...reporters]);
    const written = (await readdir(folder.path)).map((name) => readFile(join(folder.path, name), 'utf8'));
    const everything = [stdout, ...(await Promise.all(written))].join('\n');
    expect(everything).toContain('*************');
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(Buffer.from(secret).toString('hex'));
    expect(everything).not.toContain(
      Buffer.from(secret)
        .toString('hex')
        .replace(/..(?=.)/g, '$& '),
    );
  });

  test('--output takes the report for machines while people read standard output', async () => {
    await using folder = await emptyFolder();
    const args = [
      'check',
      `${correct.url}/stream`,
      '--rule',
      'framing/valid-utf-8',
      '--output',
      join(folder.path, 'deep'),
    ];
    const { stdout } = await ssert([...args, '--reporter', 'human', '--reporter', 'json']);
    expect(stdout).toMatch(/✓ framing\/valid-utf-8/);
    expect(reportIn(await readFile(join(folder.path, 'deep', 'report.json'), 'utf8')).summary.pass).toBe(1);
    expect((await ssert([...args, '--reporter', 'json'])).stdout).toBe('');
  });

  test('each reporter writes its file, while people and GitHub read standard output', async () => {
    await using server = await plainServer(losesLines);
    await using folder = await emptyFolder();
    const summary = join(folder.path, 'summary.md');
    const args = ['check', `${server.url}/stream`, '--publish', `${server.url}/publish`, ...framing, '--strict'];
    const reporters = ['--reporter', 'human,json', '--reporter', 'junit,tap,html', '--reporter', 'github'];
    const { code, stdout, stderr } = await ssert([...args, ...reporters, '--output', folder.path], {
      env: { GITHUB_STEP_SUMMARY: summary },
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^1 failed, 1 passed/m);
    expect(stdout).toMatch(/^::error title=MUST framing\/newline-in-data::/m);
    expect((await readdir(folder.path)).sort()).toEqual([
      'report.html',
      'report.json',
      'report.tap',
      'report.xml',
      'summary.md',
    ]);
    const report = reportIn(await readFile(join(folder.path, 'report.json'), 'utf8'));
    expect(report.expectations).toEqual({ strict: true, requireAccess: false, requireDecision: false });
    expect(report.results.find(({ verdict }) => verdict === 'fail')?.evidence?.connections).toBeDefined();
    expect(await readFile(summary, 'utf8')).toContain('<code>framing/newline-in-data</code>');
    const html = await ssert([...args, '--reporter', 'html'], { env: { FORCE_COLOR: '1' } });
    expect(html.stdout).toMatch(/^<!doctype html>[^\u001b]*<\/html>\n$/);
  });

  test('a report that cannot be written is told, keeps no other from it, and exits 4', async () => {
    await using folder = await emptyFolder();
    await symlink('/dev/full', join(folder.path, 'report.xml'));
    const args = ['check', `${correct.url}/stream`, '--rule', 'framing/valid-utf-8', '--output', folder.path];
    const { code, stderr } = await ssert([...args, '--reporter', 'junit,html']);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /^ssert: the junit report is lost: no space is left to write \S+report\.xml: make room and run again\n$/,
    );
    expect(await readFile(join(folder.path, 'report.html'), 'utf8')).toMatch(/<\/html>\n$/);
  });

  test('standard output that cannot be written is told, and exits 4', async () => {
    await using full = await open('/dev/full', 'w');
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const args = [
      '--conditions=@ssert/source',
      main,
      'check',
      `${correct.url}/stream`,
      '--rule',
      'framing/valid-utf-8',
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', full.fd, 'pipe'] });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    expect(stderr).toMatch(/^ssert: standard output cannot be written: ENOSPC/);
    expect(code).toBe(4);
  });

  test('known failures do not fail the run, and fail it once they pass', async () => {
    await using folder = await emptyFolder();
    const file = join(folder.path, 'known.json');
    await using broken = await plainServer(losesLines);
    const check = (server: PlainServer, ...more: string[]) =>
      ssert(['check', `${server.url}/stream`, '--publish', `${server.url}/publish`, ...framing, ...more]);
    expect((await check(broken, '--baseline', file)).code).toBe(2);
    expect((await check(broken, '--baseline', file, '--update-baseline')).code).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8')).knownFailures).toMatchObject([
      { rule: 'framing/newline-in-data', reason: expect.stringMatching(/^seen \d{4}-\d\d-\d\d: /) },
    ]);
    const known = await check(broken, '--baseline', file);
    expect(known.code).toBe(0);
    expect(known.stdout).toMatch(/1 of them known/);
    const passing = await check(correct, '--baseline', file, '--reporter', 'json');
    expect(passing.code).toBe(1);
    expect(reportIn(passing.stdout).baseline).toEqual({
      known: [],
      expired: [],
      passing: ['framing/newline-in-data'],
    });
    expect((await check(correct, '--baseline', file, '--update-baseline')).code).toBe(0);
    expect((await check(correct, '--baseline', file)).code).toBe(0);
  });
});

describe('wrong usage of ssert check exits 2 with one line', () => {
  const url = 'http://127.0.0.1:9/stream';
  test.each([
    [[], /give TARGET/],
    [[url, url], /one TARGET at a time/],
    [['localhost:3000/stream'], /give a URL such as http:\/\/localhost:3000\/stream/],
    [['shop.example/stream'], /give a URL such as http:\/\/shop\.example\/stream,/],
    [['inside:3000'], /give a URL such as http:\/\/inside:3000,/],
    [
      ['ssert.target.json'],
      /^TARGET is "ssert\.target\.json"; give a URL such as http:\/\/localhost:3000\/stream, or a /,
    ],
    [['htp://localhost:1'], /^TARGET is "htp:\/\/localhost:1"; give a URL such as http:\/\/localhost:3000\/stream, or/],
    [[url, '--ca', 'nofile.pem'], /^--ca is "nofile\.pem"; give a PEM file with certificates \(ENOENT/],
    [['ftp://localhost/'], /TARGET is "ftp:\/\/localhost\/"/],
    [['http://'], /TARGET is "http:\/\/"/],
    [['http://127.0.0.1:{port}/stream'], /needs --start COMMAND/],
    [[url, '--publish', 'http://127.0.0.1:{port}/x'], /\{port\} in http:\/\/127.0.0.1:\{port\}\/x needs --start/],
    [['no-such.target.ts'], /there is no target file no-such\.target\.ts/],
    [[url, '--heeder', 'a: b'], /did you mean --header\?/],
    [[url, '--header', 'no colon'], /give 'Name: value'/],
    [[url, '--bound', 'idle=3'], /--bound is "idle=3"/],
    [[url, '--bound', 'open=soon'], /--bound open is "soon"/],
    [[url, '--profile', 'live,fast'], /--profile is "fast"/],
    [[url, '--slow-policy', 'panic'], /--slow-policy is "panic"; give one of drop disconnect buffer any/],
    [[url, '--publish', '/publish'], /--publish is "\/publish"; give a URL/],
    [[url, '--stats-path', '/x'], /--stats-path needs --stats URL/],
    [[url, '--stats', url, '--stats-path', 'x'], /give a JSON pointer/],
    [[url, '--start', 'true', '--pid', '7'], /--start and --pid exclude each other/],
    [[url, '--pid', '4194304'], /^--pid is 4194304; there is no such process$/],
    [[url, '--origin', 'app.example'], /--origin is "app\.example"/],
    [[url, '--rule', 'framing/newline'], /such as framing\/newline-in-data/],
    [[url, '--area', 'frame'], /--area is "frame"; give one of/],
    [[url, '--level', 'must-not'], /--level is "must-not"/],
    [[url, '--seed', '-1'], /--seed needs a value/],
    [[url, '--quick', '--thorough'], /exclude each other/],
    [[url, '--timeout', 'never'], /--timeout is "never"/],
    [[url, '--reporter', 'xml'], /--reporter is "xml"; give one of human json/],
    [[url, '--reporter', 'human,json'], /give --output DIR/],
    [[url, '--reporter', 'junit', '--reporter', 'tap'], /junit and tap would share standard output; give --output DIR/],
    [[url, '--reporter', 'github,html'], /give --output DIR/],
    [
      [url, '--output', '/dev/null/reports'],
      /--output \/dev\/null\/reports cannot be written to .*; give another folder/,
    ],
    [[url, '--update-baseline'], /needs --baseline FILE/],
    [[url, '--baseline', 'no-such.json'], /there is no file no-such\.json/],
  ])('%j', async (args, message) => {
    const { code, stdout, complaints } = await runHere(['check', ...args]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test.each([
    ['export default 7;', /exports no target/],
    ['export const target = {};', /exports no target/],
    ['export default { stream: 7 };', /stream|TARGET/],
    [
      "export default { stream: 'http://localhost/', publsh: 'x' };",
      /^in \S+ssert\.target\.mjs there is no key "publsh"; did you mean publish\?$/,
    ],
    ["export default { stream: 'http://localhost/', stats: 'x' };", /^in \S+ stats is "x"; give \{ url, pointer \}/],
    [
      "export default { stream: 'http://localhost/', process: { pid: 4194304 } };",
      /process\.pid is 4194304; there is no such process$/,
    ],
    ['export default {', /cannot be loaded/],
    ['throw new Error("no database");', /cannot be loaded: no database/],
    [
      'import { defineTarget } from "ssert"; export default defineTarget({ stream: "http://localhost:1/" });',
      /cannot be loaded: Cannot find package 'ssert' imported from .*; leave defineTarget away \(export default \{…\}\), or install ssert beside the file$/,
    ],
    ['import "no-such-package";', /cannot be loaded: Cannot find package 'no-such-package'/],
  ])('a target file that says %s', async (source, message) => {
    await using folder = await emptyFolder();
    const file = join(folder.path, 'ssert.target.mjs');
    await writeFile(file, source);
    const { code, stdout, complaints } = await runHere(['check', file]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function unusedPort(): Promise<number> {
  await using server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as { port: number }).port;
}
