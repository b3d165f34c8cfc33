import type { Exchange } from '../../access/exchange.ts';
import type { FreshServer, RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, type Judgement, pass, warn } from '../../verdict.ts';
import { kib, mib } from '../units.ts';
import { acceptedSize, inMib, publishVolume } from '../volume.ts';

export const boundedMemory: Rule = {
  id: 'backpressure/bounded-memory',
  code: 'SB-03',
  level: 'MUST',
  title: 'A stalled reader costs bounded memory',
  statement: 'The memory that the server holds for a reader which has stopped reading is bounded.',
  spec: [cwe(400), cwe(770)],
  access: ['publish', 'process'],
  phase: 'process',
  budgetMs: ({ bounds }) => 150_000 + bounds['stall-memory'] / kib / 3,
  judge: async (context) => {
    const bound = context.bounds['stall-memory'];
    // The kernels at both ends hold some of it.
    const volume = context.effort.name === 'quick' ? bound + 16 * mib : 2 * bound;
    // Where plain events do not come through, nothing can pile up.
    void context.carriage;
    const stalled = await measure(context, volume, true);
    const seen = `${inMib(stalled.publishedBytes)} MiB published past a stalled reader`;
    if (stalled.growthBytes <= bound) {
      return passWhereRead(stalled, `${seen}: the server grew by ${inMib(stalled.growthBytes)} MiB`);
    }
    // Memory also grows for other reasons: only what the stalled reader adds counts.
    const first = await compare(context, volume, stalled);
    if (addedBytes(first) <= bound) return passWhereRead(stalled, `${seen}: ${grewBy(first)}`);
    // Resident memory is a noisy figure, on a busy machine all the more: what is held for the reader is there each time.
    const second = await compare(context, volume);
    if (addedBytes(second) <= bound) return passWhereRead(second.stalled, `${seen}, again: ${grewBy(second)}`);
    const once = addedBytes(second) < addedBytes(first) ? second : first;
    const compared = `${seen}: ${grewBy(once)}`;
    const more = await compare(context, 4 * volume);
    const observed = {
      boundBytes: bound,
      publishedBytes: once.stalled.publishedBytes,
      growthBytes: once.stalled.growthBytes,
      growthWithoutStalledReaderBytes: once.alone.growthBytes,
      fourfoldPublishedBytes: more.stalled.publishedBytes,
      fourfoldGrowthBytes: more.stalled.growthBytes,
      fourfoldGrowthWithoutStalledReaderBytes: more.alone.growthBytes,
    };
    const detail = { evidence: { observed }, reproduce: `${context.curl()} | sleep 600` };
    const addedMore = inMib(addedBytes(more));
    if (addedBytes(more) <= bound) {
      return passWhereRead(more.stalled, `${compared}; after four times as much the reader added ${addedMore} MiB`);
    }
    // The rise itself must be out of bounds, too.
    if (addedBytes(more) - addedBytes(once) <= bound) {
      return warn(`${compared}; it is bounded all the same: after four times as much ${addedMore} MiB`, detail);
    }
    return fail(
      `a stalled reader made the server grow by ${inMib(addedBytes(once))} MiB while ${inMib(once.stalled.publishedBytes)} MiB were published, and by ${addedMore} MiB at four times as much`,
      detail,
    );
  },
};

/** How a fresh server grows past a stalled reader, and another one without that reader. */
interface Comparison {
  readonly stalled: Growth;
  readonly alone: Growth;
}

async function compare(context: RuleContext, volumeBytes: number, measured?: Growth): Promise<Comparison> {
  const stalled = measured ?? (await measure(context, volumeBytes, true));
  return { stalled, alone: await measure(context, volumeBytes, false) };
}

function addedBytes({ stalled, alone }: Comparison): number {
  return stalled.growthBytes - alone.growthBytes;
}

function grewBy({ stalled, alone }: Comparison): string {
  return `the server grew by ${inMib(stalled.growthBytes)} MiB, without that reader by ${inMib(alone.growthBytes)} MiB`;
}

interface Growth {
  readonly growthBytes: number;
  readonly publishedBytes: number;
  /** What the reader that reads got of it. */
  readonly readBytes: number;
}

/** A server that sends nothing holds nothing for a stalled reader. @throws Undecided where even the other one got little */
function passWhereRead({ publishedBytes, readBytes }: Growth, message: string): Judgement {
  if (readBytes >= publishedBytes / 2) return pass(message);
  throw new Undecided(
    `of ${inMib(publishedBytes)} MiB published ${inMib(readBytes)} MiB reached a reader that reads, so no more was waiting for one that does not`,
  );
}

/** How much a fresh server grows while events go past one reader that reads, and perhaps one that does not. */
async function measure(context: RuleContext, volumeBytes: number, withStalledReader: boolean): Promise<Growth> {
  context.progress(
    `publishing ${inMib(volumeBytes)} MiB ${withStalledReader ? 'past a stalled reader' : 'for comparison'}`,
  );
  const server = await context.startFresh();
  try {
    const reading = { server, keepArrivals: 1, keepBodyBytes: 1024, observed: false };
    const healthy = await context.subscribe(reading);
    if (withStalledReader) (await context.subscribe(reading)).stall();
    const eventBytes = await acceptedSize(context, server, 64 * kib);
    await quiet(context, server, healthy);
    const before = (await server.vitals()).residentBytes;
    const bytesBefore = healthy.bodyBytes;
    const publishedBytes = await publishVolume(context, server, volumeBytes, eventBytes);
    const after = await quiet(context, server, healthy);
    return { growthBytes: Math.max(0, after - before), publishedBytes, readBytes: healthy.bodyBytes - bytesBefore };
  } catch (error) {
    if (error instanceof Undecided) throw error;
    throw new Undecided(
      `the memory of a fresh server could not be measured: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    await server.stop();
  }
}

/** Waits until the reader that reads has caught up and the memory has settled; gives the resident bytes then. */
async function quiet(context: RuleContext, server: FreshServer, healthy: Exchange): Promise<number> {
  const { clock } = context;
  const deadline = clock.now() + 5000;
  let calm = 0;
  let lowest = (await server.vitals()).residentBytes;
  let bytes = healthy.bodyBytes;
  while (calm < 5 && clock.now() < deadline && !context.signal.aborted) {
    await context.sleep(50);
    const now = (await server.vitals()).residentBytes;
    calm = healthy.bodyBytes - bytes < kib && Math.abs(now - lowest) < mib ? calm + 1 : 0;
    bytes = healthy.bodyBytes;
    lowest = calm === 0 ? now : Math.min(lowest, now);
  }
  return lowest;
}
