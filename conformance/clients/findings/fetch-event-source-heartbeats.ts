// @microsoft/fetch-event-source delivers an empty message for each heartbeat, and for every other empty line. HTML 9.2.6: where
// the data buffer is empty nothing is dispatched.
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { pause, rawServer, streamHead, tell } from './raw-server.ts';

Object.assign(globalThis, { window: globalThis, document: { addEventListener() {}, removeEventListener() {} } });
const server = await rawServer(() => ({ bytes: `${streamHead}: heartbeat\n\ndata: {"a": 1}\n\n: heartbeat\n\n` }));
const told: string[] = [];
void fetchEventSource(server.url, { openWhenHidden: true, onmessage: ({ data }) => told.push(JSON.stringify(data)) });
await pause(500);
tell('"{\\"a\\": 1}"', told.join(', '));
