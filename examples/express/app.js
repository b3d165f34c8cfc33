import express from 'express';

const maxBacklogBytes = 1024 * 1024;
const maxEventBytes = 1024 * 1024;
const heartbeatMs = 15_000;

/** Every open response of the stream. */
const clients = new Set();

export const openStreams = () => clients.size;

/** Sends one event to every open stream; a reader that is far behind misses it, and nobody waits. */
export function broadcast({ event, data }) {
  const type = event === undefined ? '' : `event: ${event}\n`;
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  const frame = `${type}${lines.join('')}\n`;
  for (const client of clients) {
    if (client.writableLength < maxBacklogBytes) client.write(frame);
  }
}

export const app = express();
app.disable('x-powered-by');

app.get('/events', (req, res) => {
  res.set({
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  });
  // Express routes HEAD here as well, and a HEAD that opens a stream is never answered.
  if (req.method === 'HEAD') return res.end();
  // A proxy that speaks HTTP/1.0 must get no chunks.
  if (req.httpVersion === '1.0') res.useChunkedEncodingByDefault = false;
  // Without this the browser learns that it is connected only when the first event comes.
  res.flushHeaders();
  clients.add(res);
  res.on('close', () => clients.delete(res));
});

app.all('/events', (_req, res) => res.set('Allow', 'GET, HEAD').sendStatus(405));

app.post('/notify', express.json({ limit: '2mb' }), (req, res) => {
  const { event, data } = req.body ?? {};
  if (typeof data !== 'string' || !data.isWellFormed()) return res.status(400).json({ error: 'data must be text' });
  if (Buffer.byteLength(data) > maxEventBytes / 2) return res.status(413).json({ error: 'data is too long' });
  if (event !== undefined && !/^[^\r\n]+$/.test(event)) {
    return res.status(400).json({ error: 'event must be one line' });
  }
  broadcast({ event, data });
  res.sendStatus(204);
});

const heartbeat = setInterval(() => {
  for (const client of clients) client.write(':\n\n');
}, heartbeatMs);
heartbeat.unref();
