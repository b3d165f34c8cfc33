import type { Exchange } from '../access/exchange.ts';
import type { ProcessExit } from '../access/server-process.ts';
import type { FreshServer, RuleContext } from '../context.ts';
import type { Observations } from '../observations.ts';
import { TargetLost, Undecided } from '../undecided.ts';

/** How one server ended on SIGTERM with streams open, and what clients met until the next one answered. */
export interface Restart {
  /** Streams whose clients read to the end. */
  readonly streams: readonly Exchange[];
  /** Streams whose clients had stopped reading. */
  readonly stalled: number;
  /** Streams read to the end that were open still when the process had ended, or at the `stop` bound. */
  readonly leftOpen: number;
  /** Events that were published while the server went down. */
  readonly publishedMeanwhile: number;
  readonly signalledAtMs: number;
  /** Undefined where the process still ran at the `stop` bound. */
  readonly exit: (ProcessExit & { readonly afterMs: number }) | undefined;
  /** Nothing listens on the port any more, or something else than that process does. */
  readonly port: 'free' | 'taken';
  /** Subscriptions that were sent from the signal on, in their order. */
  readonly asked: readonly Exchange[];
  /** Those of them whose connection was there before the signal. */
  readonly connectedBefore: ReadonlySet<Exchange>;
  /** When the server that was started again answered a subscription, from the signal; or why it did not. */
  readonly back: { readonly afterMs: number } | { readonly problem: string };
}

/** One observation serves all the rules of a run. */
const made = new WeakMap<Observations, Promise<Restart>>();

/** The restart that the rules of this run look at; it is made once. @throws Undecided where it could not be made */
export function observedRestart(context: RuleContext): Promise<Restart> {
  const before = made.get(context.observations);
  if (before) return before;
  const restart = observeRestart(context);
  made.set(context.observations, restart);
  return restart;
}

/** How long an observation may take, in ms. */
export function restartBudgetMs({ bounds }: Pick<RuleContext, 'bounds'>): number {
  // Two starts may take a minute each.
  return 150_000 + 2 * bounds.stop + 20 * bounds.open;
}

/** Between two subscriptions of a client that comes again and again. */
const askEveryMs = 25;

/** Places left for those who come while the server ends: one that we fill ourselves refuses them, and rightly so. */
const placesLeft = 12;

/** Publishing goes on for so long after the signal; longer would keep a server from ending its connections. */
const publishOnMs = 100;

/** Starts a server, opens streams, ends it by SIGTERM and starts it again, with clients coming all the while. */
export async function observeRestart(context: RuleContext): Promise<Restart> {
  const { clock, bounds } = context;
  context.progress('ending a server with streams open');
  const server = await context.startFresh();
  const { streams: opened, stalled } = await openStreams(context, server);
  const asked: Exchange[] = [];
  const signalled = Promise.withResolvers<void>();
  const connectedBefore = await connectEarly(context, server, signalled.promise);
  const publishing = publishOn(context, server);
  try {
    await publishing.begun;
    const streams = opened.filter(({ end }) => !end);
    if (streams.length === 0) throw new Undecided('no stream was open any more when the server was to end');
    const signalledAtMs = clock.now();
    server.signal('SIGTERM');
    signalled.resolve();
    asked.push(...connectedBefore);
    const asking = askOn(context, server, asked);
    try {
      const ended = await server.exitWithin(bounds.stop);
      const exit = ended && { ...ended, afterMs: clock.now() - signalledAtMs };
      // What was under way when the process ended gets here a moment later.
      await Promise.all(streams.map((stream) => stream.endWithin(exit ? bounds.open : 0)));
      const leftOpen = streams.filter(({ end }) => !end).length;
      const port = (await freeSoon(context, server)) ? 'free' : 'taken';
      const publishedMeanwhile = await publishing.stop();
      await server.stop();
      const back = await comesBack(context, server.port, asked, signalledAtMs);
      return {
        streams,
        stalled,
        leftOpen,
        publishedMeanwhile,
        signalledAtMs,
        exit,
        port,
        asked,
        connectedBefore: new Set(connectedBefore),
        back,
      };
    } finally {
      await asking.stop();
    }
  } catch (error) {
    if (error instanceof TargetLost) throw new Undecided(`the server went away by itself: ${error.message}`);
    throw error;
  } finally {
    signalled.resolve();
    void publishing.stop();
  }
}

async function openStreams(
  context: RuleContext,
  server: FreshServer,
): Promise<{ streams: Exchange[]; stalled: number }> {
  const { capacity } = server.target;
  const most = context.effort.name === 'quick' ? 20 : 50;
  const wanted = capacity === undefined ? most : Math.min(most, Math.max(1, capacity - placesLeft));
  // Some as who takes gzip asks: where the server compresses, its coding has an end, too.
  const all = Array.from({ length: wanted }, (_, index) =>
    context.send({ server, observed: false, ...(index % 4 === 3 && { headers: { 'Accept-Encoding': 'gzip' } }) }),
  );
  await context.headsOf(all, server);
  const open = all.filter((stream) => stream.isEventStream && !stream.end);
  if (open.length === 0) throw new Undecided('a fresh server opened no stream');
  // For those a server may well wait until its deadline, which is too long for a quick look.
  const stalled = context.effort.name === 'quick' ? [] : open.splice(1, Math.min(3, Math.floor(open.length / 4)));
  for (const stream of stalled) stream.stall();
  if (stalled.length > 0 && server.target.publish !== undefined) await fillBuffers(context, server);
  return { streams: open, stalled: stalled.length };
}

/** Publishes more than the system keeps for a client that does not read. */
async function fillBuffers(context: RuleContext, server: FreshServer): Promise<void> {
  const data = 'x'.repeat(64 * 1024);
  for (let left = 128; left > 0 && !context.signal.aborted; left -= 1) {
    const { kind } = await server.publish({ data });
    if (kind !== 'accepted') return;
  }
}

/**
 * Connections on which nothing was said yet, or half of a request, when the server is told to end. The rest follows some
 * moments later.
 */
async function connectEarly(
  context: RuleContext,
  server: FreshServer,
  signalled: Promise<void>,
): Promise<readonly Exchange[]> {
  const { capacity = Number.POSITIVE_INFINITY } = server.target;
  const kinds = [5, 15, 50, 150].flatMap((delayMs) => [0, 20].map((afterBytes) => ({ delayMs, afterBytes })));
  const early = kinds.slice(0, Math.max(1, capacity - 4)).map(({ delayMs, afterBytes }) => {
    const until = signalled.then(() => context.sleep(delayMs));
    return context.send({ server, observed: false, holdBack: { afterBytes, until } });
  });
  // Connected behind them, so its answer tells that the server has them.
  (await context.ask({ server, observed: false })).close();
  return early;
}

/** Publishes one event after the other, where that can be. */
function publishOn(
  context: RuleContext,
  server: FreshServer,
): { begun: Promise<unknown>; stop: () => Promise<number> } {
  if (server.target.publish === undefined) return { begun: Promise.resolve(), stop: async () => 0 };
  const begun = Promise.withResolvers<void>();
  let published = 0;
  let over = false;
  const work = (async () => {
    const sinceMs = context.clock.now();
    while (!over && context.clock.now() - sinceMs < 2 * publishOnMs && !context.signal.aborted) {
      const { kind } = await server.publish({ data: `ssert-shutdown-${context.seed}-${published}` });
      if (kind !== 'accepted') break;
      published += 1;
      if (published === 5) begun.resolve();
      await context.sleep(5);
    }
    begun.resolve();
  })();
  return {
    begun: begun.promise,
    stop: async () => {
      over = true;
      await work;
      return published;
    },
  };
}

/** Asks for a stream again and again, and leaves as soon as the answer is known, so that nothing is held up by it. */
function askOn(context: RuleContext, server: FreshServer, asked: Exchange[]): { stop: () => Promise<void> } {
  let over = false;
  const work = (async () => {
    while (!over && !context.signal.aborted) {
      const exchange = context.send({ server, observed: false });
      asked.push(exchange);
      void exchange.headWithin(context.bounds.open).then(async () => {
        // The body of a refusal is evidence.
        if (!exchange.isEventStream) await exchange.endWithin(200);
        exchange.close();
      });
      await context.sleep(askEveryMs);
    }
  })();
  return {
    stop: async () => {
      over = true;
      await work;
    },
  };
}

/** The last of a server's processes may let go of the port a moment later. */
async function freeSoon(context: RuleContext, server: FreshServer): Promise<boolean> {
  for (let turn = 0; turn < 20; turn += 1) {
    if (await server.portIsFree()) return true;
    await context.sleep(25);
  }
  return server.portIsFree();
}

/** Starts the server again, and waits until a client that asks gets a stream. */
async function comesBack(
  context: RuleContext,
  port: number,
  asked: readonly Exchange[],
  sinceMs: number,
): Promise<Restart['back']> {
  const { clock, bounds } = context;
  const startedAtMs = clock.now();
  try {
    await context.startFresh(port);
  } catch (error) {
    if (error instanceof Undecided) return { problem: error.message };
    throw error;
  }
  const deadline = clock.now() + 5 * bounds.open;
  for (;;) {
    const answered = asked.find((one) => one.startedAtMs >= startedAtMs && one.isEventStream);
    if (answered) return { afterMs: (answered.headAtMs ?? clock.now()) - sinceMs };
    if (clock.now() > deadline || context.signal.aborted) return { problem: 'it opened no stream' };
    await context.sleep(10);
  }
}
