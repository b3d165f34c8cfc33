// Chromium refuses a stream whose Content-Type names a charset other than UTF-8. HTML 9.2.6 decodes it as UTF-8 whatever the
// charset; the web platform test format-utf-8 wants the event.
import { inChromium } from './in-chromium.ts';
import { streamHead, tell } from './raw-server.ts';

const head = streamHead.replace('event-stream', 'event-stream;charset=windows-1252');
tell('1', await inChromium(`${head}data: 1\n\n`));
