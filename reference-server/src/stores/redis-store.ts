import { type Clock, type Random, sleep } from '@ssert/protocol';
import { type EventLog, type EventStore, LogUnavailable } from '../event-log.ts';
import { readRedisAddress } from './redis-address.ts';
import { type Client, type ConnectionParts, RedisConnection } from './redis-connection.ts';
import { RedisLog } from './redis-log.ts';
import { isReply, problemOf } from './redis-problem.ts';

export interface RedisStoreOptions {
  /** Entries that each channel keeps; Redis keeps up to a hundred more, as it removes them by the block. */
  readonly maxEvents: number;
  /** Age at which entries go. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

const keyPrefix = 'ssert:';
const probeEveryMs = 1000;

/**
 * Keeps events in Redis Streams, for any number of servers at once: the entries of a channel have one order, and a
 * client may go on with any of them. An entry is as safe as Redis keeps it: `appendonly yes` and `appendfsync always`
 * for what must survive the machine, `maxmemory-policy noeviction` so that it does not remove whole streams.
 *
 * @throws SettingError, of the setting `store`, when the URL cannot be used; LogUnavailable when Redis cannot be reached
 * or takes no writes
 */
export async function openRedisStore(
  url: string,
  { clock, random, ...limits }: RedisStoreOptions,
): Promise<EventStore> {
  const address = readRedisAddress(url);
  const store = new RedisStore({ address, clock, random }, limits);
  try {
    await store.start();
  } catch (error) {
    await store.close();
    if (!(error instanceof LogUnavailable)) throw error;
    throw new LogUnavailable(`${error.message}; start one with: redis-server --appendonly yes --appendfsync always`);
  }
  return store;
}

class RedisStore implements EventStore {
  readonly #parts: ConnectionParts;
  readonly #limits: { readonly maxEvents: number; readonly maxAgeMs: number };
  /** For what is answered at once. */
  readonly #commands: RedisConnection;
  readonly #logs: RedisLog<unknown>[] = [];
  /** Why Redis took no write the last time. */
  #refusal: LogUnavailable | undefined;

  constructor(parts: ConnectionParts, limits: { readonly maxEvents: number; readonly maxAgeMs: number }) {
    this.#parts = parts;
    this.#limits = limits;
    const step = async (lost: AbortSignal): Promise<void> => {
      await sleep(parts.clock, probeEveryMs, lost);
      await this.#tend();
    };
    this.#commands = new RedisConnection(parts, { begin: () => this.#probe(), step });
  }

  /** @throws LogUnavailable */
  async start(): Promise<void> {
    await this.#commands.start();
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  get problem(): string | undefined {
    const refusal = this.#refusal && `Redis ${problemOf(this.#refusal.cause)}`;
    return [this.#commands.problem, refusal, ...this.#logs.map(({ problem }) => problem)].find(Boolean);
  }

  log<Content>(channel: string): EventLog<Content> {
    const log = new RedisLog<Content>({
      ...this.#parts,
      ...this.#limits,
      key: keyPrefix + channel,
      ask: (say) => this.#commands.run(say),
      write: (say) => this.#write(say),
    });
    this.#logs.push(log);
    return log;
  }

  async close(): Promise<void> {
    this.#commands.close();
    for (const log of this.#logs) log.close();
  }

  /** Finds out whether Redis takes writes (again). */
  async #probe(): Promise<void> {
    try {
      // A write that changes nothing, but is refused like one that does.
      await this.#write((client) => client.setRange(`${keyPrefix}probe`, 0, ''));
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  async #tend(): Promise<void> {
    await this.#probe();
    if (this.#refusal !== undefined) return;
    try {
      for (const log of this.#logs) await log.trim();
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  async #write<Reply>(say: (client: Client) => Promise<Reply>): Promise<Reply> {
    try {
      const reply = await this.#commands.run(say);
      this.#refusal = undefined;
      return reply;
    } catch (error) {
      if (isRefusal(error)) this.#refusal = error;
      throw error;
    }
  }
}

function isRefusal(error: unknown): error is LogUnavailable {
  return error instanceof LogUnavailable && isReply(error.cause);
}
