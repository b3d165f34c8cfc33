import { once } from 'node:events';
import { createServer } from 'node:net';
import { notTested, serverRules } from '@ssert/conformance';
import { describe, expect, test } from 'vitest';
import { CommandProcess, ssert } from '../testing/command-process.ts';
import { runHere } from '../testing/run-here.ts';

describe.concurrent('ssert', () => {
  test('--help names every command and exit code', async () => {
    const { code, stdout } = await ssert(['--help']);
    for (const name of ['check', 'check-client', 'lint', 'rules', 'chaos', 'serve', 'simulate', 'bench'])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    for (const exit of [0, 1, 2, 3, 4, 130]) expect(stdout).toMatch(new RegExp(`^  ${exit}  `, 'm'));
    expect(code).toBe(0);
  });

  test.each(['check', 'check-client', 'lint', 'rules', 'chaos', 'serve'])(
    '%s --help has examples and exit codes, and fits 80 columns',
    async (name) => {
      const { code, stdout } = await ssert([name, '--help']);
      expect(stdout).toMatch(new RegExp(`^Usage: ssert ${name}`));
      expect(stdout).toMatch(new RegExp(`^Examples:\n  (.* \\| )?ssert ${name}`, 'm'));
      expect(stdout).toMatch(/^Exit code:\n {2}0 /m);
      const wide = stdout.split('\n').filter((line) => line.length > 80 && !/^ {2}\S*ssert/.test(line));
      expect(wide).toEqual([]);
      expect(code).toBe(0);
    },
  );

  test('--version is the version alone', async () => {
    expect(await ssert(['--version'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  test.each([
    [[], /give a command: check check-client lint rules chaos serve simulate bench/],
    [
      ['chekc'],
      /there is no command "chekc"; did you mean check\? commands are check check-client lint rules chaos serve simulate bench/,
    ],
    [['soak'], /there is no command "soak"; .*commands are check check-client lint rules chaos serve simulate bench/],
    [['http://localhost:3000/stream'], /ssert check http:\/\/localhost:3000\/stream/],
    [['--strict', 'check'], /give the command before its flags/],
    [['rules', 'all'], /takes no argument/],
    [['rules', '--jsno'], /did you mean --json\?/],
  ])('wrong usage exits 2 with one line: %j', async (args, message) => {
    const { code, stdout, complaints } = await runHere(args);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe.concurrent('ssert rules', () => {
  test('names every rule in a table', async () => {
    const { code, stdout } = await ssert(['rules']);
    for (const { id, level, title } of serverRules) {
      expect(
        stdout
          .split('\n')
          .some((line) => line.includes(` ${id} `) && line.includes(`${level} `) && line.includes(title)),
      ).toBe(true);
    }
    expect(code).toBe(0);
  });

  test('gives the same as JSON, with what is left out', async () => {
    const { stdout } = await ssert(['rules', '--json']);
    const listed = JSON.parse(stdout);
    expect(listed.notTested).toEqual(notTested);
    expect(listed.rules).toHaveLength(serverRules.length);
    const [first] = serverRules;
    expect(listed.rules[0]).toMatchObject({
      id: first?.id,
      level: first?.level,
      access: first?.access,
      title: first?.title,
    });
  });
});

describe.concurrent('ssert serve', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, ends open streams and exits 0', async (signal) => {
    using command = new CommandProcess(['serve', '--port', '0', '--events', '--log-level', 'error']);
    await command.until('stdout', /curl -N \S+\/usage\/stream\n/);
    const url = /is at (\S+)/.exec(command.stdout)?.[1];
    const stream = await fetch(`${url}/events`, { headers: { Accept: 'text/event-stream' } });
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
    command.child.kill(signal);
    await stream.text();
    expect(await command.finished).toMatchObject({ code: 0, stderr: '' });
  });

  test.each<[string, string[], Record<string, string>]>([
    ['the environment', [], { SSERT_PUBLISH_TOKEN: 'abc' }],
    ['a flag, before the environment', ['--publish-token', 'abc'], { SSERT_PUBLISH_TOKEN: 'xyz' }],
  ])('a token from %s is needed to publish, and not printed', async (_, args, env) => {
    using command = new CommandProcess(['serve', '--port', '0', '--events', '--log-level', 'debug', ...args], { env });
    await command.until('stdout', /"hello".*\n/);
    const url = /is at (\S+)/.exec(command.stdout)?.[1];
    const publish = (token: string) =>
      fetch(`${url}/events`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: '{"data":"hello"}',
      });
    expect([(await publish('wrong')).status, (await publish('abc')).status]).toEqual([401, 202]);
    command.child.kill();
    const { code, stdout, stderr } = await command.finished;
    expect(code).toBe(0);
    expect(stdout).toContain('-H "Authorization: Bearer $SSERT_PUBLISH_TOKEN"');
    expect(stdout + stderr).not.toMatch(/abc|wrong/);
  });

  test('a port that is taken exits 2 with one line that names --port', async () => {
    await using other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, stdout, stderr } = await ssert(['serve', '--port', String(port)]);
    expect(stderr).toBe(`ssert: port ${port} is taken: give another one with --port (0 takes a free one)\n`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test.each([
    [['--port', 'http'], /--port is "http"; give a whole number from 0 to 65535/],
    [['--heartbeat', '1ms'], /--heartbeat is "1ms"; give a whole number of ms from 10/],
    [['--heartbeat', 'often'], /--heartbeat is "often"/],
    [['--heartbeat-as', 'ping'], /--heartbeat-as is "ping"; give one of comment event/],
    [['--replay-bytes', '1B'], /--replay-bytes is "1B"; give a whole number of bytes from 1024/],
    [['--allowed-origin', 'app.example'], /--allowed-origin is "app\.example"; give/],
    [['--host', '203.0.113.7'], /203\.0\.113\.7 is no address of this machine/],
    [['--max-stream', '3'], /did you mean --max-streams\?/],
    [['--publish-token', 'no blanks'], /^--publish-token cannot be used; give letters, digits and/],
    [['--cors-credentials'], /^--cors-credentials is given; give it only with --allowed-origin that are named/],
    [['--tls-cert', 'here.pem'], /^--tls-key is ""; give a file that goes with --tls-cert, or neither/],
    [
      ['--tls-cert', '/gone/cert.pem', '--tls-key', '/gone/key.pem'],
      /^--tls-cert is "\/gone\/cert\.pem"; give a file that can be read \(ENOENT\)/,
    ],
    [['here'], /takes no argument/],
  ])('wrong usage exits 2 with one line: %j', async (args, message) => {
    const { code, stdout, complaints } = await runHere(['serve', ...args]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
