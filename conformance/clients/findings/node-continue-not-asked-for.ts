// A 100 (Continue) that was not asked for ends the connection for all that stands on undici: Node's fetch, its EventSource, and
// what is built on them. RFC 9110 15.2: a client must be able to parse responses 1xx that it does not expect; 15.2.1: it can
// simply discard this one. undici's parser of HTTP/1 destroys the connection (lib/dispatcher/client-h1.js, onHeadersComplete),
// and no option of fetch has a say in it.
import { rawServer, streamHead, tell } from './raw-server.ts';

const server = await rawServer(() => ({
  bytes: `HTTP/1.1 100 Continue\r\n\r\n${streamHead}data: x\n\n`,
  thenClose: true,
}));
const seen = await fetch(server.url).then(
  async (response) => `${response.status} ${JSON.stringify(await response.text())}`,
  (error: Error) => String((error.cause as Error | undefined)?.message ?? error.message),
);
tell('200 "data: x\\n\\n"', seen);
