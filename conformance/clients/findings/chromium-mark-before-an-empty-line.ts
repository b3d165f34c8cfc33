// Chromium takes the byte behind a byte order mark as part of the first line, also where it is a line end: so a stream that
// begins with a mark and an empty line loses its first event. HTML 9.2.6: the mark is stripped, then the first line is empty.
import { inChromium } from './in-chromium.ts';
import { streamHead, tell } from './raw-server.ts';

tell('1, 2', await inChromium(`${streamHead}\u{FEFF}\ndata: 1\n\ndata: 2\n\n`));
