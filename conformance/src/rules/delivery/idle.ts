import type { Arrival, Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass, warn } from '../../verdict.ts';
import { hadItsTime } from '../lifetime.ts';
import { seconds } from '../units.ts';

export const idleHeartbeat: Rule = {
  id: 'delivery/idle-heartbeat',
  code: 'SD-03',
  level: 'MUST',
  title: 'An idle stream shows signs of life',
  statement: 'A stream on which nothing happens sends some byte at least every 55 s, better every 20 s.',
  spec: [html('authoring-notes')],
  access: ['stream'],
  profiles: ['live'],
  phase: 'quiet',
  budgetMs: (context) => fullWatchMs(context) + 30_000,
  judge: async (context) => {
    const watch = await watchIdle(context);
    const { bounds } = context;
    const observed = {
      watchedMs: Math.round(watch.watchedMs),
      longestSilenceMs: Math.round(watch.longestSilenceMs),
      writes: watch.writes,
      idleSoftMs: bounds['idle-soft'],
      idleHardMs: bounds['idle-hard'],
    };
    const evidence = watch.stream.evidence({ observed });
    const detail = { evidence, reproduce: context.curl() };
    const seen = `the longest silence in ${seconds(watch.watchedMs)} was ${seconds(watch.longestSilenceMs)}`;
    const silent = `nothing at all was sent for ${seconds(watch.longestSilenceMs)}`;
    if (watch.longestSilenceMs > bounds['idle-hard']) {
      return fail(watch.stream.head ? silent : `${silent}, not even the headers`, detail);
    }
    if (watch.longestSilenceMs > bounds['idle-soft']) return warn(seen, detail);
    if (watch.decided) return pass(`${seen}, with ${watch.writes} writes after its beginning`);
    if (watch.stream.end) {
      return hadItsTime(context, watch.stream)
        ? pass(`${seen}, which is all of the stream's declared life`)
        : inconclusive(`the server ended the idle stream after ${seconds(watch.watchedMs)}`, { evidence });
    }
    // Here nothing came for long, but not as long as it takes.
    return inconclusive(`${seen}, and ${seconds(fullWatchMs(context))} of watching decide`, { evidence });
  },
};

export const heartbeatIsComment: Rule = {
  id: 'delivery/heartbeat-is-comment',
  code: 'SD-06',
  level: 'SHOULD',
  title: 'A heartbeat is a comment',
  statement: 'A heartbeat dispatches no event and moves no last event ID; one that is an event is declared by name.',
  spec: [html('authoring-notes'), html('event-stream-interpretation')],
  access: ['stream'],
  profiles: ['live'],
  phase: 'quiet',
  budgetMs: (context) => fullWatchMs(context) + 30_000,
  judge: async (context) => {
    const watch = await watchIdle(context);
    const later = watch.stream.blocks.filter(({ atMs, data }) => atMs > watch.begunAtMs && !isNudge(data));
    for (const { type } of later) context.observations.ownEventTypes.add(type);
    const withId = later.filter(({ fields }) => fields.some(({ name }) => name === 'id'));
    if (withId.length > 0) {
      // The watch begins at any moment between two of them, so the time until the first one tells nothing.
      const moments = [watch.begunAtMs, ...withId.map(({ atMs }) => atMs), context.clock.now()];
      const gapsMs = moments.slice(1).map((atMs, n) => atMs - (moments[n] ?? 0));
      context.observations.idUnaskedWithinMs = Math.max(...gapsMs);
    }
    const undeclared = later.filter(
      ({ type, dispatched }) => dispatched && !context.target.ownEventTypes.includes(type),
    );
    const beats = later.filter((block) => isHeartbeat(block, later));
    const seen = `${watch.writes} writes in ${seconds(watch.watchedMs)} of silence`;
    const evidence = watch.stream.evidence({
      observed: { watchedMs: Math.round(watch.watchedMs), comments: watch.stream.comments, events: later.length },
    });
    const detail = { evidence, reproduce: context.curl() };

    const event = undeclared.find((block) => beats.includes(block));
    if (event) {
      const what = `type "${event.type}" and data ${JSON.stringify(event.data.slice(0, 80))}`;
      return warn(`the heartbeat is an event with ${what}: every listener is called for it`, detail);
    }
    const moved = beats.find(({ fields }) => fields.some(({ name }) => name === 'id'));
    if (moved) return warn(`the heartbeat moves the last event ID to "${moved.lastEventId}"`, detail);
    if (undeclared.length > 0) {
      const types = [...new Set(undeclared.map(({ type }) => type))].join(' ');
      return inconclusive(`the server sends events of its own (${types}), so its heartbeat cannot be told`, {
        evidence,
      });
    }
    if (watch.writes === 0)
      return inconclusive('nothing was sent on an idle stream, so there is no heartbeat to judge');
    if (later.length > 0) return pass(`${seen}, all of them comments or declared events`);
    return pass(`${seen}, all of them comments`);
  },
};

/** What was seen of a stream on which nothing was published. */
interface IdleWatch {
  readonly stream: Exchange;
  readonly watchedMs: number;
  /** From here on what came was no initial data. */
  readonly begunAtMs: number;
  /** Separate writes after the beginning. */
  readonly writes: number;
  readonly longestSilenceMs: number;
  /** Enough came, often enough, to say that it goes on like this. */
  readonly decided: boolean;
}

/**
 * Watches a stream of its own: until two writes after its beginning came in good time, or as long as it takes to see
 * a silence that is too long.
 */
async function watchIdle(context: RuleContext): Promise<IdleWatch> {
  const { bounds, clock, effort } = context;
  const stream = context.send({ server: context.ownChannel('quiet') });
  const longestMs = Math.min(fullWatchMs(context), effort.watchMs);
  const leastMs = Math.min(bounds['idle-soft'], longestMs);
  const stepMs = Math.min(100, bounds['idle-soft'] / 20);
  const settleMs = Math.min(1000, bounds['idle-soft'] / 4);
  let begunAtMs: number | undefined;
  let writes = 0;
  let bytes = 0;
  let stalledMs = 0;
  let nextReportMs = 15_000;
  for (;;) {
    const before = clock.now();
    await context.sleep(stepMs);
    const now = clock.now();
    // When this machine had no time for us, the silence may be ours: it does not count, and is watched for in addition.
    stalledMs = Math.max(stalledMs, now - before - stepMs);
    if (stream.head && !stream.isEventStream) throw new Undecided(`an idle stream got status ${stream.head.status}`);
    if (stream.end && !stream.head) throw new Undecided('an idle stream was closed before its headers');
    if (stream.headAtMs !== undefined) begunAtMs ??= endOfBeginning(stream, stream.headAtMs, now, settleMs, leastMs);
    if (begunAtMs === undefined || (stream.lastByteAtMs ?? 0) <= begunAtMs) bytes = stream.bodyBytes;
    else if (stream.bodyBytes > bytes) {
      writes += 1;
      bytes = stream.bodyBytes;
    }
    const watchedMs = now - stream.startedAtMs;
    const running = (stream.endAtMs ?? now) - (stream.lastByteAtMs ?? stream.startedAtMs);
    const longestSilenceMs = Math.max(0, Math.max(stream.longestSilenceMs, running) - stalledMs);
    const decided = writes >= 2 && watchedMs >= leastMs && longestSilenceMs <= bounds['idle-soft'];
    const over = watchedMs >= longestMs + stalledMs || context.signal.aborted || longestSilenceMs > bounds['idle-hard'];
    if (decided || over || stream.end) {
      return { stream, watchedMs, begunAtMs: begunAtMs ?? now, writes, longestSilenceMs, decided };
    }
    if (watchedMs > nextReportMs) {
      context.progress(`watched ${Math.round(watchedMs / 1000)} s of ${Math.round(longestMs / 1000)} s`);
      nextReportMs += 15_000;
    }
  }
}

/** How long a silent stream is watched, in ms: a little longer than the longest silence allowed. */
function fullWatchMs({ bounds }: Pick<RuleContext, 'bounds'>): number {
  return bounds['idle-hard'] * 1.05;
}

/** When the initial data was over: the first time that no field came for a while; undefined where it still goes on. */
function endOfBeginning(
  stream: Exchange,
  headAtMs: number,
  nowMs: number,
  settleMs: number,
  latestMs: number,
): number | undefined {
  let last = headAtMs;
  for (const { atMs } of stream.blocks) {
    if (atMs - last > settleMs) break;
    last = atMs;
  }
  if (nowMs - last > settleMs) return last + settleMs;
  return nowMs - headAtMs > latestMs ? headAtMs + latestMs : undefined;
}

/** Whether a block looks like a heartbeat rather than like news: by its name, or because it says the same each time. */
function isHeartbeat(block: Arrival, all: readonly Arrival[]): boolean {
  if (!block.dispatched || block.data === '') return true;
  if (heartbeatType.test(block.type) || heartbeatData.test(block.data)) return true;
  const alike = all.filter(({ type }) => type === block.type);
  return alike.length > 1 && alike.every(({ data }) => data === block.data);
}

const heartbeatType = /heart[-_ ]?beat|keep[-_ ]?alive|^(\w+[-_.:])?ping$/i;
/** The word alone, or as the kind of a JSON message. */
const heartbeatData = /^\W*((type|event|kind|op)\W+)?(heart[-_ ]?beat|keep[-_ ]?alive|ping)(\W*$|",)/i;

/** A server that holds its headers back gets an event to send by other rules. */
function isNudge(data: string): boolean {
  return jsonReadings(data).includes('ssert-nudge');
}
