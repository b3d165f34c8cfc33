// better-sse on Express, as its guides "Getting started" and "Broadcasting with channels" describe.
// With --text the `serializer` option hands strings on as they are; the default sends every value as JSON.
import { createChannel, createEventBuffer, createSession } from 'better-sse';
import express from 'express';
import { readPublishedEvent } from '../published-event.ts';

const port = Number(process.argv[2]);
const options = process.argv.includes('--text') ? { serializer: String } : {};

const app = express();
const channel = createChannel();

app.get('/events', async (req, res) => {
  const session = await createSession(req, res, options);
  channel.register(session);
});

app.post('/publish', express.json({ limit: '16mb' }), (req, res) => {
  const published = readPublishedEvent(req.body);
  if (typeof published === 'string') {
    res.status(400).json({ error: published });
    return;
  }
  const { data, event, id, retry } = published;
  try {
    if (retry === undefined) {
      channel.broadcast(data, event, id === undefined ? {} : { eventId: id });
    } else {
      // broadcast() has no reconnection time; an event buffer does.
      const buffer = createEventBuffer(options).retry(retry).push(data, event, id);
      for (const session of channel.activeSessions) session.batch(buffer);
    }
  } catch (error) {
    res.status(422).json({ error: String(error) });
    return;
  }
  res.sendStatus(204);
});

app.get('/stats', (_req, res) => {
  res.json({ openStreams: channel.sessionCount });
});

app.listen(port, '127.0.0.1', () => console.log(`better-sse listens on http://127.0.0.1:${port}`));
