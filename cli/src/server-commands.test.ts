import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '@ssert/protocol/system';
import { expect, test } from 'vitest';
import { emptyFolder } from '../testing/empty-folder.ts';
import { CommandFailed, ServerCommands } from './server-commands.ts';

/** A server on a free port that is in the folder's `port`, and its process in `pid`; each start adds a line to `starts`. */
const script = `
  const { appendFileSync, writeFileSync } = require('node:fs');
  const server = require('node:net').createServer();
  server.listen(0, '127.0.0.1', () => {
    writeFileSync('pid', String(process.pid));
    writeFileSync('port', String(server.address().port));
    appendFileSync('starts', 'x');
  });
`;

async function bounced() {
  const folder = await emptyFolder();
  await writeFile(join(folder.path, 'server.cjs'), script);
  const complaints: string[] = [];
  const read = (name: string): Promise<string> => readFile(join(folder.path, name), 'utf8').catch(() => '');
  const answers = async (): Promise<void> => {
    const port = Number(await read('port'));
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(socket.destroy() && undefined));
      socket.on('error', reject);
    });
  };
  const inFolder = (command: string): string => `cd '${folder.path}' && ${command}`;
  const node = `'${process.execPath}'`;
  return {
    kills: inFolder('kill -9 $(cat pid)'),
    stays: inFolder(`exec ${node} server.cjs`),
    leaves: inFolder(`${node} server.cjs & :`),
    inFolder,
    complaints,
    answers,
    starts: async () => (await read('starts')).length,
    commandsOf: (kill: string, start: string, timeoutMs = 20_000) =>
      new ServerCommands(
        { kill, start },
        { answers, clock: systemClock, timeoutMs, complain: (message) => void complaints.push(message) },
      ),
    [Symbol.asyncDispose]: async () => {
      const pid = Number(await read('pid'));
      try {
        if (pid > 0) process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('a server that its command leaves running is there again, and stays when the run is over', async () => {
  await using server = await bounced();
  {
    await using commands = server.commandsOf(':', server.leaves);
    await commands.kill();
    await commands.start();
    await server.answers();
  }
  await server.answers();
  expect(await server.starts()).toBe(1);
});

test('a command that stays is the server: it can be killed and started again, and ends with the run', async () => {
  await using server = await bounced();
  {
    await using commands = server.commandsOf(`${server.kills} || :`, server.stays);
    for (const time of [1, 2]) {
      await commands.kill();
      await expect(server.answers()).rejects.toThrow();
      await commands.start();
      await server.answers();
      expect(await server.starts()).toBe(time);
    }
  }
  await expect(server.answers()).rejects.toThrow();
});

test('a run that breaks off between the two starts the server once, and later kills none', async () => {
  await using server = await bounced();
  const commands = server.commandsOf(':', server.leaves);
  await commands.kill();
  await commands[Symbol.asyncDispose]();
  await commands.start();
  await commands.kill();
  await server.answers();
  expect(await server.starts()).toBe(1);
  expect(server.complaints).toEqual([]);
});

test('so does a process that ends without waiting for anything', async () => {
  await using server = await bounced();
  const module = JSON.stringify(new URL('./server-commands.ts', import.meta.url).href);
  const program = `
    const { ServerCommands } = await import(${module});
    const { systemClock } = await import('@ssert/protocol/system');
    const commands = new ServerCommands({ kill: ':', start: process.argv[1] }, { clock: systemClock });
    await commands.kill();
    process.exit(7);
  `;
  const args = ['--conditions=@ssert/source', '--input-type=module', '--eval', program, server.leaves];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  expect([status, stderr]).toEqual([7, '']);
  await expect.poll(() => server.answers().then(() => server.starts())).toBe(1);
});

test('a run that kills nothing starts nothing', async () => {
  await using server = await bounced();
  await server.commandsOf(':', server.leaves)[Symbol.asyncDispose]();
  expect(await server.starts()).toBe(0);
});

test('a command that kills and fails is told by its flag, and the server is started', async () => {
  await using server = await bounced();
  {
    await using commands = server.commandsOf('echo "no such server" >&2; exit 3', server.leaves);
    await expect(commands.kill()).rejects.toThrow(
      new CommandFailed('the --kill-cmd command ended with exit code 3; it said: no such server'),
    );
  }
  expect(await server.starts()).toBe(1);
});

test('a command that kills and never ends is ended', async () => {
  await using server = await bounced();
  await using commands = server.commandsOf('sleep 600', server.leaves, 100);
  await expect(commands.kill()).rejects.toThrow('the --kill-cmd command had not ended after 0.1 s');
  await commands.start().catch(() => undefined);
});

test('a command that starts and fails, or after which nothing answers, is told by its flag, and not run again', async () => {
  await using server = await bounced();
  await using failing = server.commandsOf(':', server.inFolder('printf x >>starts; exit 4'));
  await failing.kill();
  await expect(failing.start()).rejects.toThrow(
    'the --start-cmd command ended with exit code 4; it said nothing on standard error',
  );
  await failing[Symbol.asyncDispose]();
  expect(await server.starts()).toBe(1);
  await using useless = server.commandsOf(':', ':', 100);
  await useless.kill();
  await expect(useless.start()).rejects.toThrow(/^after the --start-cmd command nothing answered within 0.1 s: /);
});

test('a server that cannot be started when the run is over is told', async () => {
  await using server = await bounced();
  const commands = server.commandsOf(':', 'exit 4');
  await commands.kill();
  await commands[Symbol.asyncDispose]();
  expect(server.complaints).toEqual([expect.stringMatching(/^the --start-cmd command ended with exit code 4/)]);
});
