import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { bundle } from '../testing/bundle.ts';

/** A connection of a page to `/stream`. */
export interface StreamConnection {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly response: ServerResponse;
  readonly open: () => boolean;
}

const scripts = new Map<string, Promise<string>>();

/** The code of a module in `pages/`, bundled once for all tests. */
function script(name: string): Promise<string> {
  const made = scripts.get(name) ?? bundle(`import '../browser/pages/${name}.ts'`).then(({ code }) => code);
  scripts.set(name, made);
  return made;
}

/** A site with a page for each module in `pages/`, and a stream whose events the test writes. Lives as long as the test. */
export async function openSite() {
  const connections: StreamConnection[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site.test');
    if (pathname === '/stream') {
      let open = true;
      response.on('close', () => {
        open = false;
      });
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
      connections.push({ url: request.url ?? '', headers: request.headers, response, open: () => open });
    } else if (pathname.endsWith('.js')) {
      const code = await script(pathname.slice(1, -'.js'.length));
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(code);
    } else {
      const name = pathname.slice(1);
      const module = name === 'blank' ? '' : `<script type="module" src="/${name}.js"></script>`;
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(
        `<!doctype html><link rel="icon" href="data:,"><title>${name}</title><div id="root"></div>${module}`,
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const openOnes = () => connections.filter(({ open }) => open());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    /** Connections that the browser has not closed. */
    openOnes,
    /** The only open connection, once there is just one, and the nth in all. */
    connection: async (nth: number): Promise<StreamConnection> => {
      await expect.poll(() => [connections.length, openOnes().length]).toEqual([nth, 1]);
      return connections[nth - 1] as StreamConnection;
    },
  };
}
