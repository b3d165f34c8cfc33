import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectionFaults, wayFaults } from '@ssert/simulator';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CommandProcess } from '../../testing/command-process.ts';
import { runHere } from '../../testing/run-here.ts';

const atNothing = ['chaos', '--listen', '0', '--target', 'http://127.0.0.1:1'];

describe('wrong usage exits 2 with one line that names the flag', () => {
  test.each([
    [['chaos'], /give the port to listen on with --listen PORT/],
    [['chaos', '--listen', '0'], /give the server behind the network with --target URL/],
    [['chaos', 'http://127.0.0.1:1'], /did you mean --target http:\/\/127\.0\.0\.1:1\?/],
    [['chaos', '--listen', '0', '--target', 'here'], /^--target is "here"; give the address of a server/],
    [
      ['chaos', '--listen', '70000', '--target', 'http://x'],
      /--listen is "70000"; give a whole number from 0 to 65535/,
    ],
    [[...atNothing, '--latency', 'up:soon'], /^--latency is "soon"; give a positive number with its unit/],
    [[...atNothing, '--latency', '2000m'], /^--latency is 120000000; give a whole number of ms from 0/],
    [[...atNothing, '--stall', '1s'], /^--stall-every is 0; give the time between stalls/],
    [[...atNothing, '--share', '2'], /^--share is 2; give a number from 0 to 1/],
    [[...atNothing, '--share', '50%'], /^--share is "50%"; give a number from 0 to 1/],
    [[...atNothing, '--life-ends', 'well'], /^--life-ends is "well"; give one of rst fin mid-frame silence/],
    [[...atNothing, '--max-connections', 'few'], /^--max-connections is "few"; give a whole number/],
    [[...atNothing, '--preset', 'mobil'], /--preset is "mobil"; give one of mobile/],
    [[...atNothing, '--scenario', '/nowhere.json'], /^--scenario \/nowhere\.json cannot be used: ENOENT/],
    [['chaos', '--listen', '0', '--target', 'https://127.0.0.1:1', '--gzip'], /^--gzip is true; give it only with/],
  ])('%j', async (args, message) => {
    const { code, complaints } = await runHere(args);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(code).toBe(2);
  });

  test('a step of a scenario is named with its file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ssert-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'outage.json');
    writeFileSync(file, '[{"atMs": 1, "cut": "axe"}]');
    const { complaints } = await runHere([...atNothing, '--scenario', file]);
    expect(complaints).toEqual([expect.stringMatching(/outage\.json cannot be used: scenario\[0\]\.cut is "axe"/)]);
  });
});

test('--help has a flag for every fault, and lists each once', async () => {
  const { stdout } = await runHere(['chaos', '--help']);
  const flags = [...stdout.matchAll(/^ {2}--([\w-]+)/gm)].map(([, name]) => name);
  const faults = Object.keys({ ...wayFaults, ...connectionFaults });
  expect(flags).toEqual(expect.arrayContaining(['latency', 'bandwidth', 'hold', 'hold-for', 'silent-at-byte', 'gzip']));
  expect(new Set(flags).size).toBe(
    faults.length + ['listen', 'target', 'preset', 'scenario', 'control', 'seed'].length,
  );
});

test('a server behind it answers late, a control changes it, and Ctrl-C tells what happened', async () => {
  const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const target = `http://127.0.0.1:${port}`;
  using chaos = new CommandProcess([
    'chaos',
    '--listen',
    '0',
    '--target',
    target,
    '--control',
    '0',
    '--seed',
    '7',
    '--latency',
    'both:20ms',
  ]);
  await chaos.until('stdout', /curl http/);
  const [url = '', , control = ''] = chaos.stdout.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
  expect(await (await fetch(url)).text()).toBe('hello');
  const faults = JSON.stringify({ refuse: true });
  const changed = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: faults };
  expect((await fetch(`${control}/faults`, changed)).status).toBe(200);
  expect(await (await fetch(control)).json()).toMatchObject({ connections: 1, faults: { refuse: true } });
  chaos.child.kill('SIGINT');
  const { code, stdout, stderr } = await chaos.finished;
  expect(stdout).toMatch(
    /^A bad network is at .*, in front of http:\/\/127\.0\.0\.1:\d+ \(seed 7; Ctrl-C ends it\)\.$/m,
  );
  expect(stdout).toMatch(/^\d connections? \(/m);
  expect(stdout).toMatch(/^\d+ bytes down, \d+ bytes up$/m);
  expect(stdout).toMatch(/^ {2}down\.latencyMs {2}\d+ times?$/m);
  expect([code, stderr]).toEqual([0, '']);
});
