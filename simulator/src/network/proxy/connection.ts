import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock, Random } from '@ssert/protocol';
import { exponential } from '../../chance/distributions.ts';
import { layerRandom, uniform } from '../../chance/layers.ts';
import { unflushedGzip } from '../http/unflushed-gzip.ts';
import { type Cut, calm, type Faults } from '../settings.ts';
import type { Tally } from '../tally.ts';
import { Way } from './way.ts';

/** After about so long of silence TCP itself gives up (RFC 9293 3.8.3, R2): both sides are let go. */
const forgottenMs = 900_000;

export interface ConnectionContext {
  readonly clock: Clock;
  readonly seed: number;
  /** Which one it is, from 1, in the order of their coming. */
  readonly number: number;
  readonly tally: Tally;
}

/** A client's connection and the one to the server that goes with it. */
export class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #context: ConnectionContext;
  readonly #up: Way;
  readonly #down: Way;
  #faults: Faults;
  #cancelLife: () => void = () => undefined;
  #cancelIdle: () => void = () => undefined;
  #cancelForgetting: () => void = () => undefined;
  #letGo: () => void = () => undefined;
  #lastByteMs: number;
  #ended = false;

  /** @param server may still be connecting */
  constructor(client: Socket, server: Socket, faults: Faults, context: ConnectionContext) {
    this.#client = client;
    this.#server = server;
    this.#context = context;
    this.#faults = befalling(faults, context);
    this.#lastByteMs = context.clock.now();
    this.#join(client, server);
    this.#join(server, client);
    server.on('error', ({ syscall }: NodeJS.ErrnoException) => {
      if (syscall === 'connect') context.tally.unreachable += 1;
    });
    const gzip = this.#faults.gzip ? unflushedGzip(() => context.tally.fired('gzip')) : undefined;
    if (gzip) {
      this.#letGo = () => {
        gzip.up.destroy();
        gzip.down.destroy();
      };
    }
    this.#up = this.#way('up', gzip ? client.pipe(gzip.up) : client, server);
    this.#down = this.#way('down', gzip ? server.pipe(gzip.down) : server, client);
    this.#drawLife();
    this.#watchIdle();
  }

  /** Other faults from now on, but for compression, which a connection has from its start or never. */
  set(faults: Faults): void {
    this.#faults = befalling(faults, this.#context);
    this.#up.set(this.#faults.up);
    this.#down.set(this.#faults.down);
    this.#drawLife();
    this.#watchIdle();
  }

  /** Ends the connection; `mid-frame` waits for what comes next. @returns whether it had not ended before */
  cut(by: Cut): boolean {
    if (this.#ended) return false;
    if (by === 'mid-frame') {
      this.#down.intercept((bytes) => {
        const most = bytes.length - 1;
        this.#client.write(bytes.subarray(0, 1 + Math.floor(this.#random('frame').next() * most)));
        this.cut('fin');
      });
      return true;
    }
    this.#ended = true;
    this.#stop();
    if (by === 'silence') this.#forgetLater();
    else if (by === 'rst') this.#reset();
    else for (const socket of [this.#client, this.#server]) socket.destroySoon();
    return true;
  }

  /** Lets both sockets go at once. */
  destroy(): void {
    this.#ended = true;
    this.#stop();
    this.#client.destroy();
    this.#server.destroy();
  }

  /** What one side does to its connection, the other gets. */
  #join(socket: Socket, other: Socket): void {
    socket.setNoDelay(true);
    socket.on('error', () => {
      if (this.#ended) return;
      this.#ended = true;
      other.resetAndDestroy();
    });
    socket.on('close', () => {
      if (!other.closed) return;
      this.#stop();
      this.#letGo();
    });
  }

  #way(name: 'up' | 'down', source: Readable, sink: Socket): Way {
    const { clock, seed, number, tally } = this.#context;
    return new Way(source, sink, this.#faults[name], {
      clock,
      seed,
      name: `${number}/${name}`,
      fired: (fault) => tally.fired(`${name}.${fault}`),
      passed: (count) => {
        tally.passed(name, count);
        this.#lastByteMs = clock.now();
      },
      cut: (by) => {
        if (by === 'silence') this.#forgetLater();
        else this.cut(by);
      },
    });
  }

  #random(layer: string): Random {
    return layerRandom(this.#context.seed, `${this.#context.number}/${layer}`);
  }

  #drawLife(): void {
    const { lifeMs, lifeEnds } = this.#faults;
    this.#cancelLife();
    if (lifeMs === 0 || this.#ended) return;
    const { clock, tally } = this.#context;
    this.#cancelLife = clock.after(exponential(this.#random('life'), lifeMs), () => {
      tally.fired('lifeMs');
      this.cut(lifeEnds);
    });
  }

  #watchIdle(): void {
    const { idleMs } = this.#faults;
    this.#cancelIdle();
    if (idleMs === 0 || this.#ended) return;
    const { clock, tally } = this.#context;
    const leftMs = this.#lastByteMs + idleMs - clock.now();
    if (leftMs > 0) {
      this.#cancelIdle = clock.after(leftMs, () => this.#watchIdle());
      return;
    }
    tally.fired('idleMs');
    this.cut('fin');
  }

  /** What has fallen silent is not kept for ever. */
  #forgetLater(): void {
    this.#cancelForgetting();
    this.#cancelForgetting = this.#context.clock.after(forgottenMs, () => this.#reset());
  }

  #reset(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  #stop(): void {
    this.#cancelLife();
    this.#cancelIdle();
    this.#cancelForgetting();
    this.#up.stop();
    this.#down.stop();
  }
}

/** Faults as this connection has them: not every one is among the share that they befall. */
export function befalling(faults: Faults, { seed, number }: Pick<ConnectionContext, 'seed' | 'number'>): Faults {
  return uniform(layerRandom(seed, `${number}/share`)) < faults.share ? faults : calm;
}
