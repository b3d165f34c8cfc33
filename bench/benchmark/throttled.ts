// Whether a generator that gets too little of the CPU is found out: `npm run bench:throttled -- --rounds 20`. While other
// processes keep every core busy, each round must come out as invalid.
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchOf } from '../liars/bench-of.ts';
import { honest, plainServer } from '../liars/plain-server.ts';

const busyLoop = join(import.meta.dirname, '../../conformance/stability/busy-loop.ts');

/** One trial beside busy loops, three for each core. @returns its validity, and why */
export async function throttledRound(): Promise<{ readonly validity: string; readonly reasons: readonly string[] }> {
  const loops: ChildProcess[] = Array.from({ length: 3 * availableParallelism() }, () =>
    spawn(process.execPath, [busyLoop], { stdio: 'ignore' }),
  );
  try {
    await using server = await plainServer(honest);
    const load = { streams: 50, rate: 50, durationMs: 3000, settleMinMs: 0, settleMaxMs: 0, drainMs: 2000 };
    const { verdict } = await benchOf(server, { scenario: 'steady', load });
    return verdict;
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
  const rounds = Number(values.rounds);
  let found = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const { validity, reasons } = await throttledRound();
    if (validity === 'invalid') found += 1;
    process.stdout.write(`${round}: ${validity}, ${reasons[0] ?? 'for no reason'}\n`);
  }
  process.stdout.write(`${found} of ${rounds} rounds with a throttled generator were invalid\n`);
  process.exitCode = found === rounds ? 0 : 1;
}
