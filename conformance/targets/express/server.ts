// Express without a library, written as most tutorials do it.
import express, { type Response } from 'express';
import { readPublishedEvent } from '../published-event.ts';

const port = Number(process.argv[2]);
const app = express();
const clients = new Set<Response>();

app.get('/events', (req, res) => {
  res.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache',
    Connection: 'keep-alive',
  });
  clients.add(res);
  req.on('close', () => clients.delete(res));
});

app.post('/publish', express.json({ limit: '16mb' }), (req, res) => {
  const published = readPublishedEvent(req.body);
  if (typeof published === 'string') {
    res.status(400).json({ error: published });
    return;
  }
  const { data, event, id, retry } = published;
  if (retry !== undefined) {
    res.status(422).json({ error: 'this server sends no reconnection time' });
    return;
  }
  for (const client of clients) {
    if (id !== undefined) client.write(`id: ${id}\n`);
    if (event !== undefined) client.write(`event: ${event}\n`);
    client.write(`data: ${data}\n\n`);
  }
  res.sendStatus(204);
});

app.get('/stats', (_req, res) => {
  res.json({ openStreams: clients.size });
});

app.listen(port, '127.0.0.1', () => console.log(`express listens on http://127.0.0.1:${port}`));
