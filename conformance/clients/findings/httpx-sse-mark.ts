// httpx-sse does not strip a byte order mark, so the first event of a stream that begins with one is lost; and it delivers an
// empty event for every empty line, once there was an id. HTML 9.2.6.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rawServer, streamHead, tell } from './raw-server.ts';

const program = `
import sys, httpx
from httpx_sse import connect_sse
with httpx.Client() as client, connect_sse(client, "GET", sys.argv[1]) as source:
    print(", ".join(repr(event.data) for event in source.iter_sse()))
`;
const bytes = `${streamHead}\u{FEFF}data: 1\n\nid: 7\ndata: 2\n\n\n\n`;
const server = await rawServer(() => ({ bytes, thenClose: true }));
const python = join(import.meta.dirname, '../httpx-sse/.venv/bin/python');
const { stdout } = await promisify(execFile)(python, ['-c', program, server.url]);
tell("'1', '2'", stdout.trim());
