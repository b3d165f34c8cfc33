import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { NumberedEvents } from '../numbered-events.ts';
import { seconds } from '../units.ts';
import {
  type BusyLane,
  busyLane,
  busyMs,
  dueMs,
  hears,
  idleLane,
  type Lane,
  laneBudgetMs,
  waitingFor,
  watchLane,
  watchMs,
} from './lanes.ts';

export const healthyStreamLives: Rule = {
  id: 'delivery/healthy-stream-lives',
  code: 'SD-04',
  level: 'MUST',
  title: "The server's own timers end no healthy stream",
  statement: 'A stream whose client is there lives for 125 s at least, busy or idle, or until its declared end.',
  spec: [html('sse-processing-model')],
  access: ['stream'],
  profiles: ['live'],
  phase: 'soak',
  budgetMs: laneBudgetMs,
  judge: async (context) => {
    const watching = waitingFor(context, 'an idle stream is open', watchMs(context), idleLane(context));
    // What is published on a channel of its own comes on no other, and need not wait.
    if (context.ownChannel('busy')) await Promise.all([watching, watchBusy(context)]);
    const idle = await watching;
    const early = endedEarly(context, 'an idle stream', idle);
    if (early?.verdict === 'fail') return early;
    const busy = await watchBusy(context);
    const busyEarly = busy && endedEarly(context, 'a stream with an event every few seconds', busy.lane);
    if (busyEarly?.verdict === 'fail') return busyEarly;
    const lanes = [idle, ...(busy ? [busy.lane] : [])];
    const watchedMs = Math.min(...lanes.map((lane) => lane.watchedMs));
    const observed = { idleMs: Math.round(idle.watchedMs), ...(busy && { busyMs: Math.round(busy.lane.watchedMs) }) };
    const evidence = idle.stream.evidence({ observed: { ...observed, lifeBoundMs: context.bounds.life } });
    const which = busy ? 'an idle stream and one with events' : 'an idle stream';
    if (early ?? busyEarly) return (early ?? busyEarly) as Judgement;
    const seen = `${which} lived for ${seconds(watchedMs)}`;
    // A tick early is no difference.
    if (watchedMs >= dueMs(context) - 1) {
      const declared = dueMs(context) < context.bounds.life ? ', as long as streams are declared to live' : '';
      return pass(`${seen}${declared}`, { evidence });
    }
    return inconclusive(`${seen}, and ${seconds(dueMs(context))} of watching decide`, { evidence });
  },
};

/** Undefined where nothing can be published, or plain events do not come through. */
async function watchBusy(context: RuleContext): Promise<BusyLane | undefined> {
  await context.publishingBegins();
  if (context.target.publish === undefined) return undefined;
  try {
    return await waitingFor(context, 'a busy stream is open', busyMs(context), busyLane(context));
  } catch (error) {
    if (error instanceof Undecided) return undefined;
    throw error;
  }
}

/** What is to be said of streams that ended early: a failure where a second one did, too. */
function endedEarly(context: RuleContext, what: string, { earlyEnds, stream, watchedMs }: Lane): Judgement | undefined {
  const [first, second] = earlyEnds;
  if (!first) return undefined;
  const observed = {
    endedAfterMs: earlyEnds.map(({ afterMs }) => Math.round(afterMs)),
    lifeBoundMs: Math.round(dueMs(context)),
  };
  const evidence = first.stream.evidence({ observed });
  const ended = `the server ended ${what} after ${seconds(first.afterMs)} (${endOf(first.stream)})`;
  if (!second) {
    const next = stream.end ? 'the next had its time' : `the next was open after ${seconds(watchedMs)}`;
    return inconclusive(`${ended} and not again: ${next}`, { evidence });
  }
  const reproduce = `time ${context.curl()}`;
  const hint = context.target.lifetimeMs === undefined ? '; if that is meant, declare it as lifetime' : '';
  return fail(`${ended}, and the next after ${seconds(second.afterMs)}${hint}`, { evidence, reproduce });
}

function endOf({ end }: Exchange): string {
  switch (end?.kind) {
    case 'complete':
      return 'cleanly';
    case 'reset':
      return 'with a reset';
    default:
      return 'by closing the connection';
  }
}

export const noDeafStream: Rule = {
  id: 'delivery/no-deaf-stream',
  code: 'SD-05',
  level: 'MUST',
  title: 'No stream stays open and deaf',
  statement: 'As long as a stream stays open it gets what is published, however long it was idle.',
  spec: [html('sse-processing-model')],
  access: ['publish'],
  profiles: ['live'],
  phase: 'soak',
  budgetMs: laneBudgetMs,
  judge: async (context) => {
    const asking = Promise.all(idleProbes(context));
    if (context.ownChannel('busy')) await Promise.all([asking, watchBusy(context)]);
    const probes = await asking;
    for (const { hearing, lane } of probes) {
      if (hearing.kind !== 'deaf') continue;
      const what = `a stream that was idle for ${seconds(lane.watchedMs)}`;
      return deaf(context, lane.stream, what, lane.watchedMs, hearing.missed);
    }
    const busy = await busyLane(context);
    if (busy.deaf) {
      const { stream, afterMs, missed } = busy.deaf;
      return deaf(context, stream, `a busy stream, ${seconds(afterMs)} after it was opened,`, afterMs, missed);
    }
    const heard = probes.filter(({ hearing }) => hearing.kind === 'heard');
    const closed = probes.filter(({ hearing }) => hearing.kind === 'closed');
    const idleMs = heard.map(({ lane }) => Math.round(lane.watchedMs));
    const longestMs = Math.max(0, ...idleMs);
    const observed = {
      heardAfterIdleMs: idleMs,
      closedBefore: closed.length,
      busyEvents: busy.asked,
      busyHeard: busy.heard,
    };
    const detail = { evidence: { observed } };
    if (heard.length + closed.length < probes.length) {
      return inconclusive('what was published then came on no stream at all', detail);
    }
    const beside = `a busy one got ${busy.heard} of ${busy.asked} events`;
    if (longestMs >= dueMs(context) - 1) {
      return pass(`an event reached a stream that was idle for ${seconds(longestMs)}, and ${beside}`, detail);
    }
    if (heard.length === 0) {
      if (busy.heard === 0) throw new Undecided('no stream was open long enough to be asked');
      return pass(`the server closed idle streams before their time, and ${beside}`, detail);
    }
    if (closed.length > 0) {
      return pass(`a stream idle for ${seconds(longestMs)} got an event, a longer one was closed; ${beside}`, detail);
    }
    return inconclusive(
      `an event reached a stream that was idle for ${seconds(longestMs)}, and ${seconds(dueMs(context))} decide`,
      detail,
    );
  },
};

function deaf(context: RuleContext, stream: Exchange, what: string, afterMs: number, missed: number): Judgement {
  const observed = { openForMs: Math.round(afterMs), eventsMissed: missed };
  return fail(`${what} stays open and gets none of ${missed} events, which a new stream gets`, {
    evidence: stream.evidence({ observed }),
    reproduce: context.curl(),
  });
}

/** Parts of a stream's life after which it is asked: 35, 65 and 125 s of 125. */
const probeTimes = [0.28, 0.52, 1];

/** Idle streams, each asked once: on channels of their own at each of the times, on the only channel all at the end. */
function idleProbes(context: RuleContext): Promise<{ lane: Lane; hearing: Awaited<ReturnType<typeof hears>> }>[] {
  const longestMs = watchMs(context);
  if (context.ownChannel('idle') === undefined) {
    return [ask(context, 'idle', waitingFor(context, 'an idle stream is open', longestMs, idleLane(context)))];
  }
  return probeTimes.map((part, index) => {
    const name = `idle-${index + 1}`;
    const lane = watchLane(context, context.ownChannel(name), part * longestMs);
    return ask(context, name, waitingFor(context, 'idle streams are open', longestMs, lane));
  });
}

async function ask(context: RuleContext, name: string, watching: Promise<Lane>) {
  const lane = await watching;
  await context.publishingBegins();
  if (lane.stream.end) return { lane, hearing: { kind: 'closed' } as const };
  const place = context.ownChannel(name);
  const hearing = await hears(context, new NumberedEvents(context, name, place), lane.stream, place);
  lane.stream.close();
  return { lane, hearing };
}
