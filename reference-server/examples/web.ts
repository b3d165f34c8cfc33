import { createFeed, type OutgoingEvent, openStream, type RefusedEvent } from '@ssert/server/web';

const feed = await createFeed({ maxStreams: 500 });

/** What Bun and `deno serve` take as a server. */
export default {
  // In seconds, for Bun: it cuts what says nothing for 10 s, and a heartbeat comes every 15.
  idleTimeout: 60,

  /** Ends every stream, so that clients come back to whoever takes over. */
  close: () => feed.close(),

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/stats') return Response.json({ openStreams: feed.openStreams });
    if (pathname !== '/events') return Response.json({ error: 'there is nothing at this path' }, { status: 404 });
    if (request.method !== 'POST') return openStream(feed, request);
    try {
      return Response.json({ id: await feed.publish((await request.json()) as OutgoingEvent) }, { status: 202 });
    } catch (error) {
      const { status = 400, message } = error as RefusedEvent;
      return Response.json({ error: message }, { status });
    }
  },
};
