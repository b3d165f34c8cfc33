// event-source-plus reads `retry` and does not heed it: after a clean end it asks again within 2 ms, so a server that sends one
// event and ends is asked hundreds of times a second. HTML 9.2.3: the reconnection time is waited.
import { EventSourcePlus } from 'event-source-plus';
import { pause, rawServer, streamHead, tell } from './raw-server.ts';

const server = await rawServer(() => ({ bytes: `${streamHead}retry: 5000\ndata: x\n\n`, thenClose: true }));
new EventSourcePlus(server.url).listen({ onMessage: () => undefined });
await pause(1000);
const count = server.heads.length;
tell('1 request in a second', count > 50 ? 'more than 50 requests in a second' : `${count} request in a second`);
