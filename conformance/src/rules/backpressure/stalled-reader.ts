import type { Arrival } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe, html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, skip, warn } from '../../verdict.ts';
import { mib, seconds } from '../units.ts';
import { hasTimeToStall, longStall, type StallTrial, shortStall } from './stall-trial.ts';

/** The longest time that a rule on stalled readers may take, in ms. */
export function stallBudgetMs({ bounds }: Pick<RuleContext, 'bounds'>): number {
  return 120_000 + 3 * bounds.stall + 1.25 * bounds.silent;
}

export const stalledReaderDecided: Rule = {
  id: 'backpressure/stalled-reader-decided',
  code: 'SB-04',
  level: 'MUST',
  title: 'A stalled reader meets a decided fate',
  statement:
    'A reader that stops and goes on is served again, with or without what it missed, or closed: never neither, and as the target says.',
  spec: [cwe(772), html('sse-processing-model')],
  access: ['publish'],
  phase: 'stall',
  disruptive: true,
  budgetMs: stallBudgetMs,
  judge: async (context) => {
    const trials = await stalls(context);
    const detail = {
      evidence: trials[0]?.stream.evidence({ observed: observedOf(trials) }) ?? {},
      reproduce: byHand(context),
    };
    const limbo = trials.find(({ fate }) => fate.kind === 'limbo');
    if (limbo) {
      const seen = `after ${seconds(limbo.stalledForMs)} without reading, past ${inMib(limbo)} MiB`;
      return fail(`${seen}, the stream stays open and no later event comes on it, though others get them`, detail);
    }
    const told = trials.map(tell).join('; ');
    const promised = brokenPromise(context, trials[0]);
    if (promised) return warn(`${promised}: ${told}`, detail);
    const undecided = trials.some(({ fate }) => fate.kind === 'undecided');
    return undecided ? inconclusive(told, detail) : pass(told, { evidence: detail.evidence });
  },
};

export const wholeFramesDropped: Rule = {
  id: 'backpressure/whole-frames-dropped',
  code: 'SB-05',
  level: 'MUST',
  title: 'Dropping works on whole frames',
  statement:
    'What a reader gets that was too slow is a sequence of whole events; only the last before the end may be cut.',
  spec: [html('parsing-an-event-stream'), html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'stall',
  disruptive: true,
  budgetMs: stallBudgetMs,
  judge: async (context) => {
    const trials = await stalls(context);
    for (const trial of trials) {
      const torn = tornIn(trial);
      if (torn)
        return fail(torn, {
          evidence: trial.stream.evidence({ observed: observedOf(trials) }),
          reproduce: byHand(context),
        });
    }
    const whole = trials.reduce((sum, { flood, stream }) => sum + flood.on(stream).length, 0);
    const lost = trials.reduce((sum, { fate }) => sum + (fate.kind === 'flows' ? fate.lost : 0), 0);
    if (whole <= trials.length) return inconclusive('no event came after the reader had stopped');
    return pass(`all ${whole} events that the stalled readers got were whole, and ${lost} were dropped`);
  },
};

export const lossNoticeable: Rule = {
  id: 'backpressure/loss-noticeable',
  code: 'SB-06',
  level: 'SHOULD',
  title: 'A dropped event is noticeable',
  statement:
    'Where an event was dropped for a slow reader, it can tell: by a jump in ids, an event that says so, or a close.',
  spec: [html('the-last-event-id-header')],
  access: ['publish'],
  phase: 'stall',
  disruptive: true,
  budgetMs: stallBudgetMs,
  judge: async (context) => {
    const trials = await stalls(context);
    const lossy = trials.find(({ fate }) => fate.kind === 'flows' && fate.lost > 0);
    if (lossy) return judgeLoss(context, lossy);
    if (trials.some(({ fate }) => fate.kind === 'closed'))
      return pass('the connection of a reader that fell behind is closed');
    if (trials.some(({ fate }) => fate.kind !== 'flows')) throw new Undecided(trials.map(tell).join('; '));
    return skip('profile', `for servers that drop: all ${inMib(trials[0])} MiB came once the reader went on`);
  },
};

/**
 * A policy that the server declares and does not have. Only the short stall tells: after a long one it may well close, and
 * one that says it cuts may do so after a moment, in which events are lost.
 */
function brokenPromise({ target: { slowPolicy } }: RuleContext, short: StallTrial | undefined): string | undefined {
  const isCut = short !== undefined && !short.flood.blocked && short.fate.kind === 'closed';
  return slowPolicy === 'drop' && isCut ? 'the target says that slow readers lose events' : undefined;
}

/** The stalls that there is time for; rules share them. */
async function stalls(context: RuleContext): Promise<readonly StallTrial[]> {
  const long = hasTimeToStall(context) ? [longStall(context)] : [];
  return Promise.all([shortStall(context), ...long]);
}

function judgeLoss(context: RuleContext, trial: StallTrial): Judgement {
  const { stream, fate, blocksBefore } = trial;
  const lost = fate.kind === 'flows' ? fate.lost : 0;
  const dropped = `${lost} events were dropped for a stalled reader`;
  const said = stream.blocks.slice(blocksBefore).find((block) => isNews(context, trial, block));
  if (said) return pass(`${dropped}, and an event of type "${said.type}" comes`);
  const ids = stream.blocks.flatMap(({ fields }) =>
    fields.filter(({ name }) => name === 'id').map(({ value }) => value),
  );
  const detail = { evidence: stream.evidence({ observed: observedOf([trial]) }), reproduce: byHand(context) };
  if (ids.length === 0) {
    return warn(
      `${dropped} and nothing tells: events have no id, none of another kind came, and the stream stays open`,
      detail,
    );
  }
  const jump = jumpIn(ids);
  if (jump) return pass(`${dropped}, which shows: id ${jump[1]} follows ${jump[0]}`);
  return inconclusive(
    `${dropped}; events have ids, such as ${ids.at(-1)}, of which a client cannot tell whether one is missing`,
    {
      evidence: detail.evidence,
    },
  );
}

/** Something else than what rules publish and the server always sends. */
function isNews(
  { target, observations }: RuleContext,
  { stream, flood, blocksBefore }: StallTrial,
  block: Arrival,
): boolean {
  if (jsonReadings(block.data).some((reading) => reading.startsWith('ssert-'))) return false;
  if (target.ownEventTypes.includes(block.type) || observations.ownEventTypes.has(block.type)) return false;
  if (flood.holds(block.data)) return false;
  return block.fields.length > 0 && !stream.blocks.slice(0, blocksBefore).some(({ type }) => type === block.type);
}

/** Two ids that follow one another and whose last number rises by more than one, where it mostly rises by one. */
export function jumpIn(ids: readonly string[]): readonly [string, string] | undefined {
  const pairs = ids.slice(1).map((id, index) => [ids[index] ?? '', id] as const);
  const rise = ([before, after]: readonly [string, string]): number => lastNumber(after) - lastNumber(before);
  const steps = pairs.filter((pair) => rise(pair) === 1).length;
  return steps * 2 > pairs.length ? pairs.find((pair) => rise(pair) > 1) : undefined;
}

function lastNumber(id: string): number {
  return Number(/(\d+)\D*$/.exec(id)?.[1] ?? Number.NaN);
}

/** What is torn on a stream, if anything. */
function tornIn({ stream, flood, blocksBefore }: StallTrial): string | undefined {
  if (stream.end?.kind === 'malformed') return `behind the stall the framing of HTTP is broken: ${stream.end.message}`;
  const torn = flood.torn(stream);
  if (torn) {
    const place = stream.blocks.indexOf(torn) - blocksBefore + 1;
    return `event ${place} behind the stall is a piece of what was published, or of several: ${torn.data.length} characters that begin ${JSON.stringify(torn.data.slice(0, 40))}`;
  }
  const stray = stream.violations.find(
    ({ bytes }) => /[0-9a-z]{16}/.test(Buffer.from(bytes).toString()) && flood.holds(strayText(bytes)),
  );
  return stray && `behind the stall the rest of a cut event stands by itself, at byte ${stray.offset}`;
}

function strayText(bytes: Uint8Array): string {
  return /[0-9a-z]{16,}/.exec(Buffer.from(bytes).toString())?.[0] ?? '';
}

function tell({ fate, stalledForMs, flood }: StallTrial): string {
  const after = `after ${seconds(stalledForMs)} without reading`;
  switch (fate.kind) {
    case 'closed':
      return `${after} the stream is closed`;
    case 'flows': {
      const waited = flood.blocked ? ', for which publishers had waited' : '';
      return fate.lost === 0 ? `${after} all came${waited}` : `${after} events come again, ${fate.lost} were dropped`;
    }
    case 'limbo':
      return `${after} nothing comes and the stream stays open`;
    case 'undecided':
      return `${after} its fate is open: ${fate.why}`;
  }
}

function observedOf(trials: readonly StallTrial[]): Readonly<Record<string, number | readonly number[]>> {
  return {
    stalledForMs: trials.map(({ stalledForMs }) => Math.round(stalledForMs)),
    publishedBytes: trials.map(({ flood }) => flood.bytes),
    eventsPublished: trials.map(({ flood }) => flood.published.size),
    eventsArrived: trials.map(({ flood, stream }) => flood.on(stream).length),
  };
}

function byHand(context: RuleContext): string {
  return `${context.curl()} | (sleep 5; cat)`;
}

function inMib(trial: StallTrial | undefined): number {
  return Math.round((trial?.flood.bytes ?? 0) / mib);
}
