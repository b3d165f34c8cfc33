import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from './client.ts';

/** Each virtual user holds one stream, as the call that opens it returns at its end only. */
const script = `
import sse from 'k6/x/sse';
import { Counter } from 'k6/metrics';

const streams = new Counter('streams_opened');
const events = new Counter('events_seen');
export const options = {
  scenarios: {
    streams: { executor: 'per-vu-iterations', vus: Number(__ENV.STREAMS), iterations: 1, maxDuration: '10m' },
  },
};

export default function () {
  sse.open(__ENV.URL, {}, (client) => {
    client.on('open', () => streams.add(1));
    client.on('event', () => events.add(1));
  });
}
`;

/**
 * k6 with xk6-sse: `xk6 build --with github.com/phymbert/xk6-sse`. It starts where it opens its streams, as its users are
 * what a stream costs.
 * @param binary where it is @param port for its own REST API, which tells what it has counted
 */
export function k6(binary: string, url: string, streams: number, port: number): Client {
  const folder = mkdtempSync(join(tmpdir(), 'ssert-k6-'));
  const file = join(folder, 'streams.js');
  writeFileSync(file, script);
  const seen = { streams: 0, events: 0 };
  let child: ChildProcess | undefined;
  const polling = setInterval(async () => {
    seen.streams = await countOf('streams_opened', port);
    seen.events = await countOf('events_seen', port);
  }, 200);
  return {
    get pids() {
      return child?.pid === undefined ? [] : [child.pid];
    },
    seen,
    open: () => {
      const args = ['run', '--quiet', '--no-usage-report', '--address', `127.0.0.1:${port}`];
      const env = ['--env', `URL=${url}`, '--env', `STREAMS=${streams}`];
      child = spawn(binary, [...args, ...env, file], { stdio: ['ignore', 'ignore', 'inherit'] });
    },
    [Symbol.dispose]: () => {
      clearInterval(polling);
      child?.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}

async function countOf(metric: string, port: number): Promise<number> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/metrics/${metric}`);
    const { data } = (await answer.json()) as { data?: { attributes: { sample: { count: number } } } };
    return data?.attributes.sample.count ?? 0;
  } catch {
    // It is not there yet.
    return 0;
  }
}
