import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Clock, SettingError } from '@ssert/protocol';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import { playScenario, resolveScenario, type Step } from '../scenario.ts';
import { type Cut, type Faults, type GivenFaults, resolveFaults } from '../settings.ts';
import { type Happened, Tally } from '../tally.ts';
import { befalling, Connection } from './connection.ts';

export interface ChaosOptions {
  /** Port on 127.0.0.1; 0, the default, takes a free one. */
  readonly listen?: number;
  /** The server behind the network, such as `http://127.0.0.1:4000`; its path is not read. */
  readonly target: string | URL;
  /** Default none. */
  readonly faults?: GivenFaults;
  /** What changes over time. Default nothing. */
  readonly scenario?: readonly { readonly atMs: number; readonly faults?: GivenFaults; readonly cut?: Cut }[];
  /** All chance comes from it: connections that come in the same order meet the same faults. Default a fresh one. */
  readonly seed?: number;
  /** Default the machine's. */
  readonly clock?: Clock;
}

/** How a network stands. */
export interface ChaosState extends Happened {
  readonly seed: number;
  readonly target: string;
  /** Connections, those included that have fallen silent. */
  readonly open: number;
  readonly faults: Faults;
}

/** A bad network in front of a server. */
export interface Chaos {
  /** What to ask in place of the target, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  state(): ChaosState;
  /**
   * Replaces all faults, also on connections that are open.
   * @throws SettingError that names the fault
   */
  set(faults: GivenFaults): void;
  /** Ends every open connection. @returns how many */
  cut(by: Cut): number;
  /** Destroys every connection and listens no more. */
  close(): Promise<void>;
}

/**
 * Starts a TCP proxy on 127.0.0.1 that does to each connection what its faults say.
 * @throws SettingError when a fault, a step or the target cannot be used; the error of `node:net` when the port cannot
 */
export async function startChaos(options: ChaosOptions): Promise<Chaos> {
  const { listen = 0, seed = freshSeed(), clock = systemClock } = options;
  const target = targetOf(options.target);
  const steps = resolveScenario(options.scenario ?? []);
  const tally = new Tally();
  const open = new Set<Connection>();
  let faults = resolveFaults(options.faults ?? {});
  for (const one of [faults, ...steps.flatMap((step) => step.faults ?? [])]) requireReadable(one, target);

  const accept = (client: Socket): void => {
    tally.connections += 1;
    const number = tally.connections;
    const { maxConnections } = faults;
    const tooMany = maxConnections > 0 && open.size >= maxConnections;
    if (tooMany || befalling(faults, { seed, number }).refuse) {
      tally.refused += 1;
      tally.fired(tooMany ? 'maxConnections' : 'refuse');
      client.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const server = connect({ host: hostOf(target), port: portOf(target), allowHalfOpen: true });
    const connection = new Connection(client, server, faults, { clock, seed, number, tally });
    open.add(connection);
    for (const socket of [client, server]) {
      socket.on('close', () => {
        if (client.closed && server.closed) open.delete(connection);
      });
    }
  };
  const listener = createServer({ allowHalfOpen: true }, accept).listen(listen, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };

  const set = (next: Faults): void => {
    requireReadable(next, target);
    faults = next;
    for (const connection of open) connection.set(faults);
  };
  const cut = (by: Cut): number => {
    const ended = [...open].filter((connection) => connection.cut(by));
    for (const _ of ended) tally.fired(`cut ${by}`);
    return ended.length;
  };
  const stopScenario = playScenario(steps, clock, (step: Step) => {
    if (step.faults) set(step.faults);
    if (step.cut) cut(step.cut);
  });
  return {
    url: `${target.protocol}//127.0.0.1:${port}`,
    port,
    state: () => ({ seed, target: target.origin, open: open.size, faults, ...tally.soFar() }),
    set: (given) => set(resolveFaults(given)),
    cut,
    close: async () => {
      stopScenario();
      const closed = once(listener, 'close');
      listener.close();
      for (const connection of open) connection.destroy();
      await closed;
    },
  };
}

function targetOf(given: string | URL): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new SettingError('target', String(given), 'the address of a server, such as http://127.0.0.1:4000');
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

function requireReadable({ gzip }: Faults, { protocol }: URL): void {
  if (gzip && protocol === 'https:') {
    throw new SettingError(
      'gzip',
      true,
      'it only with a target that begins with http:, as nobody can read TLS on the way',
    );
  }
}
