// A reconnection time of more than 2^31 ms makes eventsource 5 ask again at once, for ever: Node's timers fire after 1 ms then.
import { EventSource } from 'eventsource';
import { pause, rawServer, streamHead, tell } from './raw-server.ts';

// It warns each time.
process.removeAllListeners('warning');
const server = await rawServer(() => ({ bytes: `${streamHead}retry: 2147483648\n\n`, thenClose: true }));
new EventSource(server.url);
await pause(1000);
tell('1 request in a second', server.heads.length > 5 ? 'dozens of requests in a second' : '1 request in a second');
