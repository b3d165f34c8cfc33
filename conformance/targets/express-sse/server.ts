// express-sse, as its README describes.
import express from 'express';
import SSE from 'express-sse';
import { readPublishedEvent } from '../published-event.ts';

const port = Number(process.argv[2]);
const app = express();
const sse = new SSE();

app.get('/events', sse.init);

app.post('/publish', express.json({ limit: '16mb' }), (req, res) => {
  const published = readPublishedEvent(req.body);
  if (typeof published === 'string') {
    res.status(400).json({ error: published });
    return;
  }
  const { data, event, id, retry } = published;
  if (retry !== undefined) {
    res.status(422).json({ error: 'express-sse has no way to send a reconnection time' });
    return;
  }
  try {
    sse.send(data, event, id);
  } catch (error) {
    res.status(422).json({ error: String(error) });
    return;
  }
  res.sendStatus(204);
});

// The library is an event emitter with one `data` listener for each open stream.
app.get('/stats', (_req, res) => {
  res.json({ openStreams: sse.listenerCount('data') });
});

app.listen(port, '127.0.0.1', () => console.log(`express-sse listens on http://127.0.0.1:${port}`));
