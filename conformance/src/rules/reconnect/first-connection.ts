import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import type { FirstConnection } from '../../target.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, info, pass } from '../../verdict.ts';
import { patienceMs } from '../numbered-events.ts';
import { Log } from './log.ts';
import { areSame, listed, somethingLive } from './resumption.ts';

const publishedBefore = 20;

export const firstConnectionStart: Rule = {
  id: 'reconnect/first-connection-start',
  code: 'SR-04',
  level: 'MUST',
  title: 'A first connection starts where the server says',
  statement: 'A connection without Last-Event-ID starts where it is declared to: live, with all events, or the last n.',
  spec: [html('sse-processing-model')],
  access: ['publish'],
  phase: 'publishing',
  judge: async (context) => {
    const log = await Log.open(context, 'first');
    await log.appendMany(publishedBefore);
    const { firstConnection } = context.target;
    const first = await connectFresh(context, log, firstConnection);
    if (firstConnection === undefined) {
      return info(`a first connection starts ${found(first, log)}: declare it as \`firstConnection\` in a target file`);
    }
    if (isAsDeclared(first, log, firstConnection)) {
      return pass(`after ${publishedBefore} events a first connection starts ${found(first, log)}, as declared`);
    }
    const again = await connectFresh(context, log, firstConnection);
    const message = `declared to start ${inWords(firstConnection)}, a first connection starts ${found(first, log)}`;
    const detail = { evidence: first.evidence, reproduce: context.curl() };
    return isAsDeclared(again, log, firstConnection)
      ? inconclusive(`${message}, and another ${found(again, log)}`, detail)
      : fail(message, detail);
  },
};

/** How a stream without Last-Event-ID began. */
interface Beginning {
  /** What had been published before, by position in the log. */
  readonly upTo: number;
  readonly numbers: readonly number[];
  /** Other events before the first live one. */
  readonly others: number;
  readonly evidence: ReturnType<Awaited<ReturnType<RuleContext['subscribe']>>['evidence']>;
}

async function connectFresh(context: RuleContext, log: Log, declared: FirstConnection | undefined): Promise<Beginning> {
  const upTo = log.length;
  const stream = await context.subscribe();
  try {
    const older = (): number[] => {
      const live = new Set(log.behind(upTo));
      const numbers = log.events.on(stream).flatMap(({ number }) => (live.has(number) ? [] : [number]));
      // A log that outlives the server may hold the same numbers of an earlier run.
      return numbers.slice(Math.max(0, numbers.lastIndexOf(1)));
    };
    if (!(await somethingLive(context, log, stream))) {
      throw new Undecided(`on a first connection no event came within ${patienceMs(context)} ms`);
    }
    const enough = declared !== undefined && declared !== 'live';
    if (enough) await stream.until(() => (older().length >= publishedBefore ? true : undefined), context.bounds.event);
    const live = log.events.on(stream).find(({ number }) => log.behind(upTo).includes(number));
    const others = stream.arrivals.filter(({ offset }) => offset < (live?.arrival.offset ?? 0)).length;
    const numbers = older();
    const observed = { publishedBefore: upTo, gotOfThem: numbers };
    return { upTo, numbers, others: others - numbers.length, evidence: stream.evidence({ observed }) };
  } finally {
    stream.close();
  }
}

function isAsDeclared({ upTo, numbers, others }: Beginning, log: Log, declared: FirstConnection): boolean {
  if (declared === 'live') return numbers.length === 0;
  const all = log.behind(0).slice(0, upTo);
  if (!areSame(numbers, all.slice(all.length - numbers.length))) return false;
  const wanted = Math.min(declared === 'all' ? log.reach + 1 : declared.last, all.length);
  if (numbers.length === wanted) return true;
  // What the server sends of its own may count among the last n; "all" that a log holds may be more than is promised.
  return declared === 'all' ? numbers.length > wanted : numbers.length < wanted && numbers.length + others >= wanted;
}

function found({ numbers, upTo }: Beginning, log: Log): string {
  if (numbers.length === 0) return 'live';
  const all = log.behind(0).slice(0, upTo);
  if (areSame(numbers, all)) return `with all ${numbers.length} events`;
  if (areSame(numbers, all.slice(all.length - numbers.length))) return `with the last ${numbers.length} events`;
  return `with ${listed(numbers)}`;
}

function inWords(declared: FirstConnection): string {
  if (declared === 'live') return 'live';
  return declared === 'all' ? 'with all events' : `with the last ${declared.last} events`;
}
