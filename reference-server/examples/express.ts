import { createFeed, openStream, type RefusedEvent } from '@ssert/server/node';
import express, { type NextFunction, type Request, type Response } from 'express';

const feed = await createFeed({ maxStreams: 500 });
const app = express();

app.get('/events', (request, response) => openStream(feed, request, response));
app.post('/events', express.json({ limit: '8mb' }), async (request, response) => {
  response.status(202).json({ id: await feed.publish(request.body) });
});
app.get('/stats', (_request, response) => void response.json({ openStreams: feed.openStreams }));
app.use(({ status = 500, message }: RefusedEvent, _request: Request, response: Response, _next: NextFunction) => {
  response.status(status).json({ error: status === 500 ? 'the server failed' : message });
});

app.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');
