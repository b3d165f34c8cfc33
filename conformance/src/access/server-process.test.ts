import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@ssert/protocol/system';
import { afterEach, describe, expect, test } from 'vitest';
import { residentBytes } from './proc.ts';
import { accepts, freePort, type ServerProcess, StartError, startServer } from './server-process.ts';

const node = `'${process.execPath}'`;
const listen = `require('node:net').createServer().listen({port}, '127.0.0.1')`;

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

async function start(
  command: string,
  change: { port?: number; timeoutMs?: number; signal?: AbortSignal; cwd?: string } = {},
): Promise<ServerProcess> {
  const server = await startServer(command, {
    host: '127.0.0.1',
    port: change.port ?? (await freePort()),
    clock: systemClock,
    timeoutMs: change.timeoutMs ?? 20_000,
    signal: change.signal ?? new AbortController().signal,
    cwd: change.cwd,
  });
  started.push(server);
  return server;
}

/** Whether there is a process with this id. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a server that is started', () => {
  test('listens on the port that its command was given', async () => {
    const { port, alive } = await start(`${node} -e "${listen}"`);
    expect(await accepts('127.0.0.1', port)).toBe(true);
    expect(alive()).toBe(true);
  });

  test('is found behind a shell that stays', async () => {
    const own = `process.title = 'the server'; ${listen}; process.stderr.write(String(process.pid))`;
    const server = await start(`${node} -e "${own}"; echo over`);
    await expect.poll(() => server.complaint()).toBe(String(server.pid));
    expect((await server.vitals()).residentBytes).toBe(await residentBytes(server.pid));
  });

  test('is its master and its workers together, where they share the socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ssert-cluster-'));
    started.push({ stop: () => rm(folder, { recursive: true }) });
    const script = `
      const cluster = require('node:cluster');
      cluster.schedulingPolicy = cluster.SCHED_NONE;
      if (cluster.isPrimary) cluster.fork();
      else {
        globalThis.kept = Buffer.alloc(64 * 1024 * 1024, 1);
        ${listen};
      }`;
    await writeFile(join(folder, 'server.cjs'), script.replaceAll('{port}', 'process.argv[2]'));
    const server = await start(`exec ${node} server.cjs {port}`, { cwd: folder });
    const alone = await residentBytes(server.pid);
    const { residentBytes: together, threads } = await server.vitals();
    expect(together).toBeGreaterThan(64 * 1024 * 1024);
    expect(together).toBeLessThan(alone + 200 * 1024 * 1024);
    expect(threads).toBeGreaterThan(10);
  });

  test('is found behind another process that does not listen', async () => {
    const inner = `${listen}; process.stderr.write(String(process.pid))`.replaceAll('"', '');
    const outer = `require('node:child_process').spawn(process.execPath, ['-e', process.env.INNER], { stdio: 'inherit' })`;
    const server = await start(`INNER="${inner}" ${node} -e "${outer}"; echo over`);
    await expect.poll(() => server.complaint()).toBe(String(server.pid));
  });

  test('tells its resident memory', async () => {
    const small = await (await start(`${node} -e "${listen}"`)).vitals();
    const large = await (
      await start(`${node} -e "globalThis.held = Buffer.alloc(64 * 1024 * 1024, 1); ${listen}"`)
    ).vitals();
    expect(large.residentBytes - small.residentBytes).toBeGreaterThan(32 * 1024 * 1024);
  });

  test('runs in the folder that was named', async () => {
    const server = await start(`${node} -e "${listen}; process.stderr.write(process.cwd())"; true`, { cwd: '/' });
    await expect.poll(() => server.complaint()).toBe('/');
  });
});

test('a server tells its descriptors, sockets and threads', async () => {
  const server = await start(`${node} -e "${listen}"`);
  const before = await server.vitals();
  expect(before.threads).toBeGreaterThan(0);
  const client = connect(server.port, '127.0.0.1');
  started.push({ stop: async () => void client.destroy() });
  await expect
    .poll(async () => {
      const { descriptors, sockets } = await server.vitals();
      return [descriptors - before.descriptors, sockets - before.sockets];
    })
    .toEqual([1, 1]);
});

describe('a signal', () => {
  const says = (code: number) => `process.on('SIGTERM', () => process.exit(${code})); ${listen}`;

  test('ends the server, which tells with what', async () => {
    const handles = await start(`exec ${node} -e "${says(3)}"`);
    handles.signal('SIGTERM');
    expect(await handles.exitWithin(20_000)).toEqual({ code: 3 });
    expect(await handles.portIsFree()).toBe(true);
    const killed = await start(`exec ${node} -e "${listen}"`);
    killed.signal('SIGTERM');
    expect(await killed.exitWithin(20_000)).toEqual({ signal: 'SIGTERM' });
  });

  test('reaches the server behind a shell that stays, whose end is noticed', async () => {
    const server = await start(`${node} -e "${says(3)}"; sleep 600`);
    server.signal('SIGTERM');
    expect(await server.exitWithin(20_000)).toEqual({});
    expect(server.alive()).toBe(true);
  });

  test('may be ignored, and then the wait is over in time', async () => {
    const server = await start(`exec ${node} -e "process.on('SIGTERM', () => undefined); ${listen}"`);
    server.signal('SIGTERM');
    expect(await server.exitWithin(50)).toBe(undefined);
    expect(await server.portIsFree()).toBe(false);
  });
});

describe('stopping', () => {
  test('ends the server and the shell in front of it, and frees the port', async () => {
    const server = await start(`${node} -e "${listen}"; sleep 600`);
    await server.stop();
    expect(server.alive()).toBe(false);
    expect(await accepts('127.0.0.1', server.port)).toBe(false);
    await expect(server.vitals()).rejects.toThrow();
  });

  test('ends a server that ignores SIGTERM', async () => {
    const server = await start(`exec ${node} -e "process.on('SIGTERM', () => undefined); ${listen}"`);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  test('a second time does nothing', async () => {
    const server = await start(`${node} -e "${listen}"`);
    await server.stop();
    await server.stop();
    expect(server.alive()).toBe(false);
  });
});

describe('a server that cannot be started is a StartError that says', () => {
  test('with which code its command ended, and what it said', async () => {
    const failing = start(`echo first >&2; echo no database >&2; exit 3`);
    await expect(failing).rejects.toThrow(StartError);
    await expect(failing).rejects.toThrow('the --start command ended with exit code 3; it said: first / no database');
  });

  test('which error it named, not what its runtime added', async () => {
    await expect(start(`${node} no-such-file.js {port}`)).rejects.toThrow(
      /exit code 1; it said: Error: Cannot find module '[^']*no-such-file\.js'$/,
    );
  });

  test('that it said nothing where it could be heard', async () => {
    await expect(start('echo Error: no database; exit 1')).rejects.toThrow(
      /exit code 1; it said nothing on standard error: run it by hand/,
    );
  });

  test('that there is no such command', async () => {
    await expect(start('ssert-no-such-command {port}')).rejects.toThrow(/exit code 127; it said: .*not found/);
  });

  test('that nothing listens in time', async () => {
    const port = await freePort();
    await expect(start('sleep 600', { port, timeoutMs: 200 })).rejects.toThrow(
      `the --start command did not listen on port ${port} within 0.2 s`,
    );
  });

  test('that the port is taken already', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    started.push({ stop: () => new Promise((resolve) => other.close(() => resolve())) });
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(start('sleep 600', { port })).rejects.toThrow(`port ${port} is taken before --start ran`);
  });

  test('at once, where the run is stopped meanwhile', async () => {
    const stopped = new AbortController();
    const starting = start('sleep 600', { signal: stopped.signal });
    stopped.abort();
    await expect(starting).rejects.toThrow(StartError);
  });
});
