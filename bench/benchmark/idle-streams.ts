// How many idle streams the engine holds, and in how much memory: `npm run bench:idle -- --streams 50000 --servers 3`.
// The streams go to several null servers, as a process may have 20,000 open files; a shard of the engine for each.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nowUs } from '../src/engine/clock-us.ts';
import type { ReceiverRecord } from '../src/engine/receiver-memory.ts';
import { Shards } from '../src/engine/shards.ts';
import { nothingPublished } from '../src/scenarios/scenario.ts';
import { processFigures } from '../src/server-use/process-figures.ts';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '19000' },
    servers: { type: 'string', default: '1' },
    rate: { type: 'string', default: '3000' },
  },
});
const streams = Number(values.streams);
const servers = Number(values.servers);
const each = Math.ceil(streams / servers);
const nullServer = join(import.meta.dirname, '../src/self-check/null-server-main.ts');

const children = Array.from({ length: servers }, () =>
  fork(nullServer, [], { execArgv: ['--conditions=@ssert/source'] }),
);
try {
  const ports = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0].port as number));
  const latest = new Map<number, ReceiverRecord>();
  using shards = await Shards.start(servers, Array(servers).fill(1), {
    record: ({ shard }, _, record) => void latest.set(shard, record),
  });
  const originUs = nowUs() + 1_500_000;
  shards.begin(
    ports.map((port, shard) => {
      const first = shard * each;
      const own = Array.from({ length: Math.min(each, streams - first) }, (_, at) => ({
        number: first + at,
        topic: 0,
        connectAtUs: ((first + at) * 1e6) / Number(values.rate),
      }));
      const request = { url: `http://127.0.0.1:${port}/`, method: 'GET', headers: {} };
      return [{ request, run: 1, seed: 1, topics: [''], schedule: nothingPublished, originUs, streams: own }];
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 1400));
  const before = processFigures(shards.pids);
  const open = (): number => [...latest.values()].reduce((sum, { counters }) => sum + counters.open, 0);
  const giveUpUs = originUs + (streams * 1e6) / Number(values.rate) + 60e6;
  while (open() < streams && nowUs() < giveUpUs) await new Promise((resolve) => setTimeout(resolve, 100));
  const openAfterS = (nowUs() - originUs) / 1e6;
  const opened = processFigures(shards.pids);
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const held = processFigures(shards.pids);
  const kib = (held.rssBytes - before.rssBytes) / open() / 1024;
  console.log(
    `${open()} of ${streams} streams open after ${openAfterS.toFixed(1)} s, and 10 s later; ${servers} shards`,
  );
  console.log(
    `${kib.toFixed(2)} KiB a stream of the engine's memory (${Math.round(held.rssBytes / 2 ** 20)} MiB in all)`,
  );
  console.log(`${(((held.cpuNs - opened.cpuNs) / 1e10) * 100).toFixed(2)} % of a core while they are idle`);
  process.exitCode = open() === streams ? 0 : 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
}
