// An ID beyond Latin-1 ends a process that uses launchdarkly-eventsource, at the next reconnection: it throws in a timer, where
// nobody can catch it. HTML 9.2.4: the header carries the ID in UTF-8.
import { EventSource } from 'launchdarkly-eventsource';
import { pause, rawServer, streamHead, tell } from './raw-server.ts';

const server = await rawServer(() => ({ bytes: `${streamHead}retry: 50\nid: 日本\ndata: x\n\n`, thenClose: true }));
process.on('uncaughtException', ({ message }) => tell('a second request', message));
new EventSource(server.url);
await pause(3000);
tell('a second request', server.heads.length > 1 ? 'a second request' : 'one request');
