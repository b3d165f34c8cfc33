// event-source-plus keeps the last line of data of an event, and trims it. HTML 9.2.6: the lines are joined by LF, and one
// space behind the colon goes.
import { EventSourcePlus } from 'event-source-plus';
import { pause, rawServer, streamHead, tell } from './raw-server.ts';

const server = await rawServer(() => ({ bytes: `${streamHead}data: {\ndata:   "a": 1\ndata: }\n\n` }));
const told: string[] = [];
new EventSourcePlus(server.url).listen({ onMessage: ({ data }) => told.push(JSON.stringify(data)) });
await pause(500);
tell('"{\\n  \\"a\\": 1\\n}"', told.join(', '));
