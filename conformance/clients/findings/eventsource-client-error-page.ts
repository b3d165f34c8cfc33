// eventsource-client looks neither at the status nor at the type: lines of an error page that begin with "data:" are events.
// HTML 9.2.3: any status but 200, and any type but text/event-stream, fails the connection.
import { createEventSource } from 'eventsource-client';
import { pause, rawServer, tell } from './raw-server.ts';

const page =
  'HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\n\r\n<pre>\ndata: from the error page\n\n';
const server = await rawServer(() => ({ bytes: page }));
const told: string[] = [];
createEventSource({ url: server.url, onConnect: () => told.push('open'), onMessage: ({ data }) => told.push(data) });
await pause(500);
tell('nothing', told.join(', ') || 'nothing');
