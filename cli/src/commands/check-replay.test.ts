import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Recording } from '@ssert/conformance';
import { describe, expect, test } from 'vitest';
import { encodePlainEvent, startPlainServer } from '../../../conformance/defects/plain-server.ts';
import { ssert } from '../../testing/command-process.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';

const rule = 'delivery/any-history';
const secret = 'token-of-eighteen';

/** A server that sends a resumed client the newest event that it missed twice. */
async function repeatsTheNewest() {
  const server = await startPlainServer({
    replay: (id, { log }) => {
      const missed = log.slice(log.findIndex((event) => event.id === id) + 1);
      return [...missed, ...missed.slice(-1)];
    },
    encode: (event) => encodePlainEvent({ ...event, event: secret }),
  });
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

function argumentsFor(url: string): string[] {
  const access = ['--publish', `${url}/publish`, '--replay', '1000', '--header', `Authorization: Bearer ${secret}`];
  return ['check', `${url}/stream`, ...access, '--quick'];
}

// On a busy machine a history may be shrunk to one in which the time between two commands decides.
describe('ssert check --replay-file', { retry: 2 }, () => {
  test('a history that fails is kept with its transcripts, fails again, and holds on a server that is right', async () => {
    await using server = await repeatsTheNewest();
    await using folder = await emptyFolder();
    const file = join(folder.path, 'replay', `${rule}.json`);
    const reporting = ['--rule', rule, '--seed', '7', '--output', folder.path, '--reporter', 'human'];
    const first = await ssert([...argumentsFor(server.url), ...reporting]);
    expect(first.stdout).toContain(`--replay-file ${file}`);
    expect(first.code).toBe(1);

    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString('hex'));
    const recording: Recording = JSON.parse(text);
    expect(recording).toMatchObject({ schema: 1, rule, seed: 7, message: expect.stringContaining('twice') });
    expect(recording.commands.map((command) => command.do)).toContain('connect');
    expect(recording.transcripts.some(({ received }) => received.some((piece) => piece.text.includes('data: ')))).toBe(
      true,
    );
    // What a person would type is a script that a shell takes.
    await promisify(execFile)('bash', ['-n', '-c', recording.script.join('\n')]);

    const again = await ssert([...argumentsFor(server.url), '--replay-file', file]);
    expect(again.stdout).toMatch(/smallest +connect /);
    expect(again.stdout).toMatch(/1 failed, 0 passed .* seed 7\n/);
    expect(again.code).toBe(1);

    await using right = Object.assign(await startPlainServer(), { [Symbol.asyncDispose]: () => right.close() });
    const held = await ssert([...argumentsFor(right.url), '--replay-file', file]);
    expect(held.stdout).toMatch(/the \d+ commands were done 3 times, and all was as it must be/);
    expect(held.code).toBe(0);
  });

  test('a file that cannot be used exits 2 and says what is wrong with it', async () => {
    await using folder = await emptyFolder();
    const file = join(folder.path, 'replay.json');
    const complaintAbout = async (document: unknown): Promise<string> => {
      await writeFile(file, JSON.stringify(document));
      const { code, complaints } = await runHere(['check', 'http://127.0.0.1:1/stream', '--replay-file', file]);
      expect(code).toBe(2);
      return complaints.join('\n').replace(file, 'FILE');
    };
    const replay = { schema: 1, rule, seed: 1, commands: [{ do: 'connect', client: 'Q' }] };
    expect(await complaintAbout(replay)).toBe(
      '--replay-file FILE commands[0] client is "Q"; give one of A B C D E, or one of a population such as mobile7',
    );
    expect(await complaintAbout({ ...replay, commands: [], rule: 'http/not-cacheable' })).toBe(
      '--replay-file FILE is for the rule http/not-cacheable, which plays no commands; these do: delivery/any-history cleanup/count-exact-after-churn',
    );
    const restarts = { ...replay, rule: 'cleanup/count-exact-after-churn', commands: [{ do: 'restart' }] };
    expect(await complaintAbout(restarts)).toBe(
      '--replay-file FILE restarts the server, and cleanup/count-exact-after-churn does not; take {"do":"restart"} out',
    );
  });

  test('it names the rule itself', async () => {
    const { code, complaints } = await runHere(['check', 'localhost:1', '--replay-file', 'x', '--rule', 'http/*']);
    expect(complaints).toEqual(['--replay-file names the rule itself; take --rule away']);
    expect(code).toBe(2);
  });
});
