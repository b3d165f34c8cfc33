// One client in a process of its own: `node contender-main.ts NAME URL STREAMS`. Tells each 100 ms how many streams it has
// had bytes on, and how many events came.
import { request as httpRequest } from 'node:http';
import autocannon from 'autocannon';
import { Agent, request } from 'undici';
import { EventCount } from './event-count.ts';

const [name = '', url = '', count = '0'] = process.argv.slice(2);
const streams = Number(count);
const counted = new EventCount();

const clients: Readonly<Record<string, () => void>> = {
  autocannon: () => {
    // Its timer is armed when a request is written: longer than the benchmark, else it would cut every stream.
    void autocannon({ url, connections: streams, duration: 600, timeout: 600, setupClient });
  },
  undici: () => {
    const dispatcher = new Agent({ connections: streams, pipelining: 1, bodyTimeout: 0 });
    for (let stream = 0; stream < streams; stream += 1) void openUndici(dispatcher);
  },
  fetch: () => {
    for (let stream = 0; stream < streams; stream += 1) void openFetch();
  },
  http: () => {
    for (let stream = 0; stream < streams; stream += 1) {
      httpRequest(url, { agent: false }, (response) => {
        counted.streams += 1;
        response.on('data', (bytes: Buffer) => counted.take(bytes));
      }).end();
    }
  },
};

function setupClient(client: autocannon.Client): void {
  client.on('headers', () => {
    counted.streams += 1;
  });
  client.on('body', (bytes: Buffer) => counted.take(Buffer.from(bytes)));
}

async function openUndici(dispatcher: Agent): Promise<void> {
  const { body } = await request(url, { dispatcher });
  counted.streams += 1;
  body.on('data', (bytes: Buffer) => counted.take(bytes));
}

async function openFetch(): Promise<void> {
  const { body } = await fetch(url);
  counted.streams += 1;
  for await (const bytes of body ?? []) counted.take(bytes);
}

setInterval(() => process.send?.({ streams: counted.streams, events: counted.events }), 100);
process.on('disconnect', () => process.exit());
process.once('message', () => clients[name]?.());
