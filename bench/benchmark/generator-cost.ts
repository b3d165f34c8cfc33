// What a received event and an open stream cost the generator, beside other clients: `npm run bench:generator`. Each client
// reads the same events of the same null server, in a process of its own, in turn; on-CPU time is that of all its threads.
// `--k6 PATH` adds k6 with xk6-sse, as `xk6 build --with github.com/phymbert/xk6-sse` makes it; give it fewer `--streams`, as it
// needs some megabytes for each.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import jstat from 'jstat';
import { freePort } from '../../conformance/src/access/server-process.ts';
import { stamped } from '../src/audit/stamp.ts';
import { nowUs } from '../src/engine/clock-us.ts';
import { Shards } from '../src/engine/shards.ts';
import { steadySchedule } from '../src/publisher/schedule.ts';
import { processFigures } from '../src/server-use/process-figures.ts';
import type { Client } from './contenders/client.ts';
import { k6 } from './contenders/k6.ts';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '1000' },
    events: { type: 'string', default: '200' },
    rate: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    k6: { type: 'string' },
    only: { type: 'string', default: 'ours,autocannon,undici,fetch,http' },
  },
});
const [streams, events, rate, rounds] = [values.streams, values.events, values.rate, values.rounds].map(Number) as [
  number,
  number,
  number,
  number,
];
const names = [...values.only.split(','), ...(values.k6 === undefined ? [] : ['k6'])];
const execArgv = ['--conditions=@ssert/source'];
const nullServer = join(import.meta.dirname, '../src/self-check/null-server-main.ts');
const contender = join(import.meta.dirname, 'contenders/contender-main.ts');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function ours(url: string): Promise<Client> {
  const seen = { streams: 0, events: 0 };
  const shards = await Shards.start(1, [1], {
    record: (_, __, { counters }) => {
      seen.streams = counters.open;
      seen.events = counters.events;
    },
  });
  const schedule = steadySchedule({ topics: 1, rate, spacing: 'even', durationUs: 60e6, bytes: 200, seed: 1 });
  // Its thread is there before the first connect: what a stream costs is told from then on.
  const originUs = nowUs() + 2e6;
  const plans = Array.from({ length: streams }, (_, number) => ({ number, topic: 0, connectAtUs: number * 200 }));
  const plan = { request: { url, method: 'GET', headers: {} }, run: 1, seed: 1, topics: [''], schedule, originUs };
  shards.begin([[{ ...plan, streams: plans }]]);
  await shards.tell({ kind: 'begin', beginUs: originUs });
  await shards.tell({ kind: 'measure', fromUs: 0, toUs: Number.MAX_SAFE_INTEGER });
  return {
    pids: shards.pids,
    seen,
    open: () => undefined,
    [Symbol.dispose]: () => shards[Symbol.dispose](),
  };
}

async function theirs(name: string, url: string): Promise<Client> {
  const child = fork(contender, [name, url, String(streams)], {
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const seen = { streams: 0, events: 0 };
  child.on('message', (message) => Object.assign(seen, message));
  await once(child, 'message');
  return {
    pids: [child.pid as number],
    seen,
    open: () => void child.send('open'),
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

async function clientOf(name: string, url: string): Promise<Client> {
  if (name === 'ours') return await ours(url);
  if (name === 'k6') return k6(values.k6 ?? name, url, streams, await freePort());
  return await theirs(name, url);
}

async function measure(name: string, server: ChildProcess, url: string): Promise<{ us: number; kib: number }> {
  if (!server.connected) throw new Error('the null server has ended');
  using client = await clientOf(name, url);
  await pause(500);
  const before = processFigures(client.pids);
  client.open();
  for (const endMs = performance.now() + 60_000; client.seen.streams < streams && performance.now() < endMs; )
    await pause(50);
  await pause(1500);
  const opened = processFigures(client.pids);
  for (let seq = 0; seq < events; seq += 1) {
    const body = stamped({ run: 1, topic: 0, seq, intendedUs: nowUs() }, 200);
    request(url, { method: 'POST' })
      .on('error', () => undefined)
      .end(body);
    await pause(1000 / rate);
  }
  for (const endMs = performance.now() + 60_000; client.seen.events < streams * events && performance.now() < endMs; )
    await pause(200);
  const ended = processFigures(client.pids);
  if (client.seen.events < 0.99 * streams * events) throw new Error(`${name} saw ${client.seen.events} events only`);
  return {
    us: (ended.cpuNs - opened.cpuNs) / client.seen.events / 1000,
    kib: (opened.rssBytes - before.rssBytes) / streams / 1024,
  };
}

const results = new Map<string, { us: number; kib: number }[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const name of names) {
    const server = fork(nullServer, [], { execArgv });
    try {
      const [{ port }] = await once(server, 'message');
      const found = await measure(name, server, `http://127.0.0.1:${port}/`);
      results.set(name, [...(results.get(name) ?? []), found]);
      console.log(
        `round ${round + 1}: ${name} ${found.us.toFixed(2)} us an event, ${found.kib.toFixed(1)} KiB a stream`,
      );
    } catch (error) {
      console.log(`round ${round + 1}: ${name} ${(error as Error).message}`);
    } finally {
      server.kill('SIGKILL');
    }
  }
}
console.log(`${streams} streams, ${events} events on each, ${rate} a second; load average ${loadavg()[0]?.toFixed(1)}`);
for (const [name, found] of results) {
  const us = jstat.median(found.map((one) => one.us));
  const kib = jstat.median(found.map((one) => one.kib));
  console.log(`${name.padEnd(12)} ${us.toFixed(2)} us an event, ${kib.toFixed(1)} KiB a stream`);
}
