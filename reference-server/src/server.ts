import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Clock, type Random, seededRandom } from '@ssert/protocol';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import { pino } from 'pino';
import { serveDirectly } from './http/direct-listener.ts';
import { listenerFor } from './http/listener.ts';
import { httpSurface } from './http/surface.ts';
import { readTlsFiles } from './http/tls-files.ts';
import { Hub } from './hub.ts';
import { resolveSettings, type ServerSettings } from './settings.ts';
import { openStore } from './stores/open-store.ts';
import type { UsageRecord } from './usage-record.ts';

/** Settings, each with a default (see `serverSettings`), and what a test may hand in. */
export type ServerOptions = { readonly [Name in keyof ServerSettings]?: ServerSettings[Name] | undefined } & {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: one with a seed nobody chose. */
  readonly random?: Random;
  /** A page in one file, as HTML, that `GET /` answers. Default: none, and 404. */
  readonly page?: string | undefined;
  /** Where the lines of the log go. Default: standard error. */
  readonly logTo?: { write(line: string): void };
};

export interface ReferenceServer {
  /** Base of its routes, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /**
   * Stores the records and pushes them to every stream, as `POST /usage` does.
   * @throws LogUnavailable when they could not be stored
   */
  publishUsage(records: readonly UsageRecord[]): Promise<void>;
  /**
   * Takes no more connections, ends every stream cleanly and resolves when all connections are closed: at once if
   * their clients read, and after `stopMs` at the latest. Further calls wait for the same end.
   */
  close(): Promise<void>;
}

/**
 * Starts the reference server; it listens when the promise resolves.
 * @throws SettingError when an option cannot be used; the error of `node:net` when the address cannot
 */
export async function startReferenceServer(options: ServerOptions = {}): Promise<ReferenceServer> {
  const { clock = systemClock, random = seededRandom(freshSeed()), page, logTo, ...given } = options;
  const settings = resolveSettings(given);
  const tls = readTlsFiles(settings);
  const { logLevel, stopMs, headerMs } = settings;
  const log =
    logLevel === 'silent' ? undefined : pino({ level: logLevel }, logTo ?? pino.destination({ dest: 2, sync: true }));
  const store = await openStore(settings, clock, random);
  const hub = new Hub({ settings, clock, random, store, soon: setImmediate });
  const listener = listenerFor(settings, tls);
  const { app, directStreams } = await httpSurface({ hub, settings, clock, random, listener, page, log });
  const { server } = app;
  if (tls === undefined) serveDirectly(server, directStreams, { clock, headerMs });
  const sockets = new Set<Socket>();
  function forget(this: Socket): void {
    sockets.delete(this);
  }
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', forget);
  });

  const stop = async (): Promise<void> => {
    const cancel = clock.after(stopMs, () => {
      for (const socket of sockets) socket.destroy();
    });
    const closed = once(server, 'close');
    // In this order: to Node a connection is idle, and cut by this, as soon as its response was told to end.
    listener.stop();
    hub.stop();
    // Those that have said nothing yet have nothing to wait for.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    await closed;
    cancel();
    await app.close();
    await store.close();
  };
  try {
    await hub.start();
    // Not through Fastify, which opens a second server for `localhost` that the deadline of the shutdown would miss.
    server.listen({ host: settings.host, port: settings.port });
    await once(server, 'listening');
  } catch (error) {
    await stop();
    throw error;
  }
  const { address, port } = server.address() as { address: string; port: number };
  let stopped: Promise<void> | undefined;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${reachable(address)}:${port}`,
    port,
    publishUsage: (records) => hub.usage.publish(records),
    close: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** A host to connect to, for an address that was listened on. */
function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}
