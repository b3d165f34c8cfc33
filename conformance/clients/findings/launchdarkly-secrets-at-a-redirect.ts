// A redirect to another host takes the caller's Authorization and Cookie along, so that whoever can make a server redirect reads
// them. Fetch, "HTTP-redirect fetch", removes Authorization there; RFC 9110 15.4 names both as what to think of removing.
import { EventSource } from 'launchdarkly-eventsource';
import { pause, rawServer, streamHead, tell } from './raw-server.ts';

const other = await rawServer(() => ({ bytes: streamHead }));
const elsewhere = other.url.replace('127.0.0.1', 'localhost');
const home = await rawServer(() => ({
  bytes: `HTTP/1.1 307 Moved\r\nLocation: ${elsewhere}\r\nContent-Length: 0\r\n\r\n`,
}));
const source = new EventSource(home.url, { headers: { Authorization: 'Bearer secret', Cookie: 'session=secret' } });
source.onerror = () => undefined;
while (other.heads.length === 0) await pause(20);
source.close();
const [head = ''] = other.heads;
tell('nothing', head.match(/^(authorization|cookie):.*$/gim)?.join(', ') ?? 'nothing');
