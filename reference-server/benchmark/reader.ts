import { createInterface } from 'node:readline';
import { type Child, startChild } from './child.ts';

export interface Opened {
  readonly opened: number;
  readonly failed: number;
  /** Those whose response said `Content-Encoding: gzip`. */
  readonly compressed: number;
  readonly seconds: number;
}

export interface Load {
  /** Events. */
  readonly published: number;
  /** Events whose post was not answered with a 2xx. */
  readonly refused: number;
  /** Deliveries, one for each event and stream. In a closed loop, `delivered` counts only those within `seconds`. */
  readonly expected: number;
  readonly delivered: number;
  readonly seconds: number;
  /** From the intended time of the event to its arrival. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** How late the last event was at its last stream; -1 if it never was. */
  readonly endLagUs: number;
}

/** The load generator, `reader/main.c`. */
export interface Reader extends AsyncDisposable {
  waitForServer(seconds: number): Promise<void>;
  open(healthy: number, options?: { readonly stalled?: number; readonly gzip?: boolean }): Promise<Opened>;
  openLoop(eventsPerSecond: number, seconds: number, dataBytes: number): Promise<Load>;
  closedLoop(outstanding: number, seconds: number, dataBytes: number): Promise<Load>;
  /** Opens and closes streams as fast as it can. */
  churn(most: number, seconds: number): Promise<Opened>;
  close(): Promise<void>;
  /** Throws when the server refused an event, as then the load was not what it should be. */
  requireAccepted(load: Load): void;
}

export async function startReader(command: readonly string[], server: Child): Promise<Reader> {
  const child = await startChild('the reader', command);
  const { stdin, stdout } = child.process;
  if (stdin === null || stdout === null) throw new Error('the reader has no pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();

  async function run(line: string): Promise<unknown> {
    stdin?.write(`${line}\n`);
    const answer = await Promise.race([lines.next(), server.ended, child.ended]);
    if (answer.done) return await child.ended;
    const result = JSON.parse(answer.value) as { error?: string };
    if (result.error !== undefined) throw new Error(result.error);
    return result;
  }

  return {
    waitForServer: async (seconds) => void (await run(`wait ${seconds}`)),
    open: async (healthy, { stalled = 0, gzip = false } = {}) => {
      const opened = (await run(`open ${healthy} ${stalled} ${gzip ? 'gzip' : 'plain'}`)) as Opened;
      if (opened.opened < healthy + stalled) throw new Error(`only ${opened.opened} streams opened`);
      return opened;
    },
    openLoop: async (rate, seconds, bytes) => (await run(`rate ${rate} ${seconds} ${bytes}`)) as Load,
    closedLoop: async (outstanding, seconds, bytes) => (await run(`closed ${outstanding} ${seconds} ${bytes}`)) as Load,
    churn: async (most, seconds) => (await run(`churn ${most} ${seconds}`)) as Opened,
    close: async () => void (await run('close')),
    requireAccepted: ({ refused, published }) => {
      if (refused > 0) throw new Error(`${refused} of ${published} events were refused: ${child.complaint()}`);
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
