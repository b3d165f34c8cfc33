import { type Clock, type Random, sleep } from '@ssert/protocol';
import { createClient, type RedisClientType } from 'redis';
import { LogUnavailable } from '../event-log.ts';
import type { RedisAddress } from './redis-address.ts';
import { doesNotAnswer, isReply, problemOf } from './redis-problem.ts';

/** A Redis that has not answered by then counts as hung. */
const answerMs = 2000;
const firstBackoffMs = 50;
const maxBackoffMs = 2000;

export type Client = RedisClientType;

/** What a connection is used for, for as long as it stands. */
export interface Session {
  /** Called for each new connection, which is good when this resolves. */
  begin(): Promise<void>;
  /** Called over and over again until it throws, which ends the connection. */
  step(lost: AbortSignal): Promise<void>;
}

export interface ConnectionParts {
  readonly address: RedisAddress;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * A connection to Redis that is made again whenever it is lost. The client library could do that too, but sends again
 * what it had not written when the connection broke; here nothing is sent twice, and without a connection commands fail.
 */
export class RedisConnection {
  readonly #address: RedisAddress;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #session: Session;
  readonly #closed = new AbortController();
  #client: Client | undefined;
  #lost = new AbortController();
  #problem: string | undefined;

  constructor({ address, clock, random }: ConnectionParts, session: Session) {
    this.#address = address;
    this.#clock = clock;
    this.#random = random;
    this.#session = session;
  }

  /** What is wrong, for anybody to read, so without the address; undefined while all is well. */
  get problem(): string | undefined {
    return this.#problem && `Redis ${this.#problem}`;
  }

  /**
   * Connects; once that has worked, again whenever it is lost.
   * @throws LogUnavailable
   */
  async start(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      this.close();
      throw error;
    }
    void this.#live();
  }

  /**
   * Says something to Redis, once.
   * @param waitMs for how long it is asked to wait before it answers
   * @throws LogUnavailable; whether Redis did it is unknown unless the cause {@link isReply}
   */
  async run<Reply>(say: (client: Client) => Promise<Reply>, waitMs = 0): Promise<Reply> {
    const client = this.#client;
    if (client === undefined) throw this.#unavailable();
    const cancel = this.#clock.after(waitMs + answerMs, () => this.#lose(client, doesNotAnswer));
    try {
      return await say(client);
    } catch (error) {
      if (isReply(error)) throw this.#unavailable(problemOf(error), error);
      this.#lose(client, problemOf(error));
      throw this.#unavailable();
    } finally {
      cancel();
    }
  }

  close(): void {
    this.#closed.abort();
    if (this.#client) this.#lose(this.#client, 'is not used any more');
    this.#problem = 'is not used any more';
  }

  async #live(): Promise<void> {
    for (let failures = 0; !this.#closed.signal.aborted; ) {
      try {
        if (this.#client === undefined) await this.#connect();
        for (;;) {
          await this.#session.step(this.#lost.signal);
          failures = 0;
        }
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
        if (this.#client) this.#lose(this.#client, problemOf(error.cause));
      }
      const backoffMs = Math.min(firstBackoffMs * 2 ** failures, maxBackoffMs);
      failures += 1;
      await sleep(this.#clock, backoffMs * (0.5 + this.#random.next()), this.#closed.signal);
    }
  }

  async #connect(): Promise<void> {
    const { options } = this.#address;
    const client: Client = createClient({
      ...options,
      socket: { ...options.socket, connectTimeout: answerMs, reconnectStrategy: false },
      disableOfflineQueue: true,
      maintNotifications: 'disabled',
    }) as Client;
    client.on('error', (error) => this.#lose(client, problemOf(error)));
    let gaveUp = false;
    const giveUp = (): void => {
      gaveUp = true;
      client.destroy();
    };
    const cancel = this.#clock.after(answerMs, giveUp);
    this.#closed.signal.addEventListener('abort', giveUp);
    try {
      await client.connect();
      if (gaveUp) throw new Error();
      await client.ping();
    } catch (error) {
      // Also where it was given up before: what is destroyed while it connects may connect all the same.
      client.destroy();
      this.#problem = gaveUp ? doesNotAnswer : problemOf(error);
      throw this.#unavailable();
    } finally {
      cancel();
      this.#closed.signal.removeEventListener('abort', giveUp);
    }
    this.#client = client;
    this.#lost = new AbortController();
    await this.#session.begin();
    this.#problem = undefined;
  }

  #lose(client: Client, problem: string): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#problem = problem;
    client.destroy();
    this.#lost.abort();
  }

  #unavailable(problem: string | undefined = this.#problem, cause?: unknown): LogUnavailable {
    return new LogUnavailable(`Redis at ${this.#address.name} ${problem ?? 'is not connected'}`, { cause });
  }
}
