import type { Load } from '../reader.ts';
import type { Session } from '../session.ts';
import { aloneRate, dataBytes, type Effort, streams } from '../settings.ts';
import type { Entrant, Measurement, Start } from './measurement.ts';

/** How much of what was published must arrive for the cost of a delivery to mean anything. */
const leastDelivered = 0.99;

/** What a delivery costs when events go out one by one, and how many are made when the next waits for the last. */
export const delivery: Measurement = {
  name: 'delivery',
  rounds: ({ rounds }) => rounds,
  // The servers run side by side from the first round to the last, each idle but for its turn: turns can then be short,
  // and what else the machine does meets all of them.
  async enter(start, effort, { compresses }): Promise<Entrant> {
    await using opened = new AsyncDisposableStack();
    const plain = opened.use(await warmedUp(start, effort, false));
    const zipped = compresses ? opened.use(await warmedUp(start, effort, true)) : undefined;
    const sessions = opened.move();
    return {
      async measure() {
        const alone = await costAlone(plain.session, effort);
        // Asked for, and not given: there is nothing to compare.
        const gzip = zipped?.compressed ? await costAlone(zipped.session, effort, true) : undefined;
        const one = await plain.session.reader.closedLoop(1, effort.closedLoopSeconds, dataBytes);
        const eight = await plain.session.reader.closedLoop(8, effort.closedLoopSeconds, dataBytes);
        plain.session.reader.requireAccepted(one);
        plain.session.reader.requireAccepted(eight);
        return {
          cpuUsPerDelivery: alone.cpuUsPerDelivery,
          p50Us: alone.load.p50Us,
          closedLoop1PerSecond: one.delivered / one.seconds,
          closedLoop8PerSecond: eight.delivered / eight.seconds,
          ...(gzip === undefined ? {} : { gzipCpuRatio: gzip.cpuUsPerDelivery / alone.cpuUsPerDelivery }),
        };
      },
      [Symbol.asyncDispose]: () => sessions[Symbol.asyncDispose](),
    };
  },
};

interface WarmedUp extends AsyncDisposable {
  readonly session: Session;
  readonly compressed: boolean;
}

async function warmedUp(start: Start, { warmUpSeconds }: Effort, gzip: boolean): Promise<WarmedUp> {
  const session = await start();
  const { compressed } = await session.reader.open(streams, { gzip });
  await session.reader.openLoop(aloneRate, warmUpSeconds, dataBytes);
  return { session, compressed: compressed === streams, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
}

/** @param inChunks the reader sees chunks only, of which some hold several events where the server was behind */
async function costAlone(
  { reader, usage }: Session,
  { cpuSeconds, rewarmSeconds }: Effort,
  inChunks = false,
): Promise<{ readonly cpuUsPerDelivery: number; readonly load: Load }> {
  await reader.openLoop(aloneRate, rewarmSeconds, dataBytes);
  const before = usage().cpuMs;
  const load = await reader.openLoop(aloneRate, cpuSeconds, dataBytes);
  const cpuMs = usage().cpuMs - before;
  reader.requireAccepted(load);
  if (!inChunks && load.delivered < leastDelivered * load.expected) {
    throw new Error(`${load.delivered} of ${load.expected} deliveries arrived at ${aloneRate} events/s`);
  }
  return { cpuUsPerDelivery: (cpuMs * 1000) / (inChunks ? load.expected : load.delivered), load };
}
