import type { Exchange } from '../../access/exchange.ts';
import type { ProcessExit } from '../../access/server-process.ts';
import type { FreshServer, RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { type Evidence, fail, inconclusive, type Judgement, pass, warn } from '../../verdict.ts';

export const disconnectHarmsNobody: Rule = {
  id: 'cleanup/disconnect-harms-nobody',
  code: 'SC-09',
  level: 'MUST',
  title: 'No disconnect crashes the server or fails another client',
  statement: 'Whenever and however a client leaves, the server lives on and its other clients notice nothing.',
  spec: [cwe(248), cwe(754)],
  access: ['process'],
  phase: 'process',
  budgetMs: ({ bounds }) => 300_000 + bounds['idle-soft'],
  judge: async (context) => {
    const visitors = (context.effort.name === 'quick' ? 5 : 10) * context.effort.repeats;
    const seen = await watch(context, departures, visitors);
    const left = `${visitors} clients left at any moment`;
    if (seen.exit) return judgeCrash(context, seen.exit, seen.complaints, left);
    const detail = { evidence: evidenceOf(seen) };
    if (seen.ended.length > 0 || !seen.servesAfterwards) {
      const message = seen.servesAfterwards
        ? `${left}: ${seen.ended.length} of ${bystanders} other streams were ended`
        : `${left}: afterwards a new client got no stream`;
      const alone = await watch(context, [], visitors);
      if (alone.ended.length > 0 || !alone.servesAfterwards) {
        return inconclusive(`${message}, and so it was when nobody left`, detail);
      }
      const again = await watch(context, departures, visitors);
      if (!again.exit && again.ended.length === 0 && again.servesAfterwards) {
        return inconclusive(`${message}, and not when repeated`, detail);
      }
      return fail(`${message}; not so when nobody left, and again when repeated`, detail);
    }
    if (seen.complaints.length > 0) {
      return warn(`${left}: the server lived on and wrote "${seen.complaints[0]}" to its standard error`, detail);
    }
    return pass(`${left}: the process, ${bystanders} other streams and a new client were none the worse`);
  },
};

/** Streams that stay while others leave. */
const bystanders = 3;

/** A way to leave. */
interface Departure {
  /** As it stands behind "a client that left". */
  readonly words: string;
  /** Sends only a part of the request. */
  readonly inRequest?: true;
  /** Leaves before anything came, in the body, or stops to read before. */
  readonly when: 'at once' | 'in the body' | 'stalled';
  readonly how: 'fin' | 'reset';
}

const departures: readonly Departure[] = [
  { words: 'with FIN in the middle of its request', inRequest: true, when: 'at once', how: 'fin' },
  { words: 'by reset in the middle of its request', inRequest: true, when: 'at once', how: 'reset' },
  { words: 'with FIN before the answer', when: 'at once', how: 'fin' },
  { words: 'by reset before the answer', when: 'at once', how: 'reset' },
  { words: 'with FIN in mid-stream', when: 'in the body', how: 'fin' },
  { words: 'by reset in mid-stream', when: 'in the body', how: 'reset' },
  { words: 'by reset after it had stopped to read', when: 'stalled', how: 'reset' },
];

interface Seen {
  /** How the process ended; undefined where it still runs. */
  readonly exit: ProcessExit | undefined;
  /** Streams of those who stayed that came to an end. */
  readonly ended: readonly Exchange[];
  readonly servesAfterwards: boolean;
  /** Lines on standard error that tell of an error nobody handled. */
  readonly complaints: readonly string[];
  readonly standardError: string;
}

/** Lets clients come and leave at a fresh server in each of the ways, while events are published where that can be. */
async function watch(context: RuleContext, ways: readonly Departure[], visitors: number): Promise<Seen> {
  const server = await context.startFresh();
  try {
    const staying = Array.from({ length: bystanders }, () => context.send({ server, observed: false }));
    await context.headsOf(staying, server);
    if (staying.some(({ isEventStream }) => !isEventStream)) throw new Undecided('a fresh server opened no streams');
    const saidBefore = server.complaint().length;
    const publishing = publishOn(context, server);
    for (let come = 0; come < visitors && !(await hasEnded(server)) && !context.signal.aborted; come += 10) {
      if (ways.length === 0) await context.sleep(20);
      else
        await Promise.all(Array.from({ length: 10 }, (_, n) => visit(context, server, ways[(come + n) % ways.length])));
    }
    await publishing.stop();
    await nextHeartbeat(context, staying);
    const exit = await server.exitWithin(0);
    const standardError = server.complaint().slice(saidBefore);
    return {
      exit,
      // A stream that is complete at the end of its declared life has not failed.
      ended: staying.filter(
        ({ end, endedCleanly }) => end && !(endedCleanly && context.target.lifetimeMs !== undefined),
      ),
      servesAfterwards: exit === undefined && (await opensStream(context, server)),
      complaints: standardError
        .split('\n')
        .filter((line) => tellsOfUnhandled(line))
        .map((line) => line.trim().slice(0, 300)),
      standardError: standardError.slice(-2000),
    };
  } finally {
    await server.stop();
  }
}

async function hasEnded(server: FreshServer): Promise<boolean> {
  return (await server.exitWithin(0)) !== undefined;
}

/** One client that comes and leaves; it does not mind where the server is gone. */
async function visit(context: RuleContext, server: FreshServer, way: Departure | undefined): Promise<void> {
  if (!way) return;
  const never = new Promise<never>(() => undefined);
  const chance = context.random.next();
  const exchange = context.send({
    server,
    observed: false,
    ...(way.inRequest ? { holdBack: { afterBytes: 1 + Math.floor(chance * 60), until: never } } : {}),
  });
  if (way.when === 'at once') await context.sleep(20 * chance ** 3);
  else {
    await exchange.headWithin(context.bounds.open);
    const bytes = Math.floor(chance * 3000);
    await exchange.until(() => (exchange.bodyBytes >= bytes || exchange.end ? true : undefined), 20);
    if (way.when === 'stalled') {
      exchange.stall();
      await context.sleep(5);
    }
  }
  exchange.close(way.how);
}

/** Events are published while clients leave, so that some leave in the middle of one. */
function publishOn(context: RuleContext, server: FreshServer): { stop: () => Promise<void> } {
  if (server.target.publish === undefined) return { stop: async () => undefined };
  let over = false;
  const work = (async () => {
    const data = 'x'.repeat(2000);
    while (!over && !context.signal.aborted) {
      const { kind } = await server.publish({ data });
      if (kind !== 'accepted') return;
      await context.sleep(2);
    }
  })();
  return {
    stop: async () => {
      over = true;
      await work;
    },
  };
}

/** A timer that outlived its stream strikes with the next heartbeat. A quick look waits for a short one only. */
async function nextHeartbeat(context: RuleContext, staying: readonly Exchange[]): Promise<void> {
  const longestMs = context.effort.name === 'quick' ? 500 : context.bounds['idle-soft'];
  const [stream] = staying;
  if (!stream) return;
  await context.sleep(50);
  const before = stream.bodyBytes;
  await stream.until(() => (stream.bodyBytes > before || stream.end ? true : undefined), longestMs);
  await context.sleep(50);
}

async function opensStream(context: RuleContext, server: FreshServer): Promise<boolean> {
  const exchange = context.send({ server, observed: false });
  await context.headsOf([exchange], server);
  exchange.close();
  return exchange.isEventStream;
}

/** A process that ended while nobody but its clients did anything. Which way of leaving did it is tried one by one. */
async function judgeCrash(
  context: RuleContext,
  exit: ProcessExit,
  complaints: readonly string[],
  left: string,
): Promise<Judgement> {
  const how = exit.signal ?? (exit.code === undefined ? 'no code that could be seen' : `exit code ${exit.code}`);
  if (exit.signal === 'SIGKILL' || exit.signal === 'SIGTERM') {
    return inconclusive(`${left}: meanwhile the process was ended by ${how}, from outside it seems`);
  }
  const guilty: string[] = [];
  let standardError = '';
  for (const way of departures) {
    const alone = await watch(context, [way], 10);
    if (!alone.exit) continue;
    guilty.push(way.words);
    standardError ||= alone.standardError;
  }
  const who = guilty.length === 0 ? '' : `; ten clients are enough that leave ${guilty.join(', or ')}`;
  const said = complaints.length === 0 ? '' : ` ("${complaints[0]}")`;
  return fail(`${left}: the process ended with ${how}${said}${who}`, {
    evidence: { observed: { exit: how, standardError } },
    reproduce: `for n in 1 2 3; do timeout 0.5 ${context.curl()} & done; wait`,
  });
}

function evidenceOf({ ended, standardError }: Seen): Evidence {
  const observed = {
    otherStreamsEnded: ended.length,
    endedAs: ended.map(({ end }) => end?.kind ?? 'open').join(', '),
    standardError,
  };
  return { observed };
}

/** Whether a line is how a runtime tells of an error that nobody handled. */
export function tellsOfUnhandled(line: string): boolean {
  return /\bunhandled (error|exception|promise|rejection)|unhandledRejection|uncaught ?exception|\buncaught \w*error|^panic: |panic serving|panicked at|exception was never retrieved|exception in (thread|ASGI application|callback)|^Traceback \(most recent call last\)|ERR_STREAM_WRITE_AFTER_END|ERR_HTTP_HEADERS_SENT|ERR_UNHANDLED_REJECTION/i.test(
    line.trim(),
  );
}
