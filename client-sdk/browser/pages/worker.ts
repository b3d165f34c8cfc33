import { EventStream } from '@ssert/client';

const stream = new EventStream('/stream', { reconnect: { initial: 10 } });
const worker = globalThis as unknown as { postMessage(message: unknown): void };
stream.addEventListener('message', ({ data, lastEventId }) => worker.postMessage({ data, lastEventId }));
