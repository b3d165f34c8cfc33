import type { Http2Connection, Http2Stream } from '../../access/http2-connection.ts';
import type { FreshServer, RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, skip, warn } from '../../verdict.ts';

/** A stream that lives longer is not waited for. */
const longestLifeMs = 60_000;
const streamsAtShutdown = 3;
const streamsAsked = 2;
const takesGzip = { 'accept-encoding': 'gzip' };

export const endOfStream: Rule = {
  id: 'http2/end-of-stream',
  code: 'SZ-08',
  level: 'MUST',
  title: 'A normal end is END_STREAM',
  statement:
    'A stream that ends as it is meant to, and one that a shutdown ends, ends with END_STREAM and not with a reset, its content coding whole; GOAWAY comes before the connection closes.',
  spec: [rfc(9113, '8.1'), rfc(9113, '6.8'), rfc(9110, '8.4.1')],
  access: ['stream'],
  profiles: ['h2'],
  phase: 'process',
  budgetMs: ({ bounds }) => 150_000 + 4 * longestLifeMs + bounds.stop + 10 * bounds.open,
  judge: async (context) => {
    const { endStream, lifetimeMs, profiles, process } = context.target;
    const canStart = process !== undefined && 'start' in process;
    if (endStream !== undefined) {
      const server = canStart ? await context.startFresh() : undefined;
      const asked = await judgeAskedEnd(context, server);
      if (asked.verdict !== 'pass' || !server) return asked;
      const atShutdown = await judgeShutdown(context, server);
      return { ...atShutdown, message: `${asked.message}; ${atShutdown.message}` };
    }
    const lifeMs = lifetimeMs ?? (profiles.has('finite') ? longestLifeMs : undefined);
    if (lifeMs !== undefined && lifeMs <= longestLifeMs) {
      return judgeOwnEnd(context, lifeMs, canStart ? await context.startFresh() : undefined);
    }
    if (canStart) return judgeShutdown(context, await context.startFresh());
    return skip(
      'access',
      'needs a stream that ends: give --start COMMAND to see a shutdown, or `endStream` or the `lifetime` of streams in the target file',
    );
  },
};

/** Streams that the server ends as it is asked to, the last one for who takes gzip: a coding has an end, too. */
async function judgeAskedEnd(context: RuleContext, server: FreshServer | undefined): Promise<Judgement> {
  const connection = await context.connectHttp2(server ? { server } : {});
  const opened = await context.subscribeHttp2(connection, streamsAsked, (index) =>
    index === streamsAsked - 1 ? takesGzip : {},
  );
  const streams = opened.filter(({ end }) => !end);
  if (streams.length === 0) throw new Undecided('no stream was open any more when the server was to end them');
  await context.endStreams(server);
  const { gone } = context.bounds;
  await Promise.all(streams.map((stream) => stream.until(() => stream.end, gone)));
  const open = streams.filter(({ end }) => !end).length;
  if (open > 0) {
    throw new Undecided(
      `asked to end its streams, the server left ${open} of ${streams.length} over HTTP/2 open for ${gone} ms`,
    );
  }
  const cut = streams.find(({ complete }) => !complete);
  if (cut) {
    return fail(
      `asked to end its streams, the server ended one ${howOf(cut)} in place of END_STREAM`,
      evidenceOf([cut]),
    );
  }
  const coded = streams.some(({ isCoded }) => isCoded) ? ', a compressed one among them' : '';
  return brokenCoding(streams) ?? pass(`${streams.length} streams ended as asked, with END_STREAM${coded}`);
}

/** A stream that the server ends by itself; where it compresses, one with a coding that ends too, behind it. */
async function judgeOwnEnd(context: RuleContext, lifeMs: number, server: FreshServer | undefined): Promise<Judgement> {
  const options = server ? { server } : {};
  const connection = await context.connectHttp2(options);
  const broken = await brokenEnd(context, await context.subscribeHttp2(connection, 1), lifeMs);
  if (broken) return broken;
  const ended = 'a stream ended by itself, with END_STREAM';
  const again = connection.end ? await context.connectHttp2(options) : connection;
  const coded = context.sendHttp2(again, context.target.stream.method, takesGzip);
  await coded.until(() => coded.head ?? coded.end, 5 * context.bounds.open);
  if (!coded.isEventStream || !coded.isCoded) return pass(ended);
  return (await brokenEnd(context, [coded], lifeMs)) ?? pass(`${ended}, and so did a compressed one`);
}

/** What is wrong with how streams end by themselves. */
async function brokenEnd(
  context: RuleContext,
  streams: readonly Http2Stream[],
  lifeMs: number,
): Promise<Judgement | undefined> {
  const timeoutMs = 2 * lifeMs + 5 * context.bounds.open;
  await Promise.all(streams.map((stream) => stream.until(() => stream.end, timeoutMs)));
  if (streams.some(({ end }) => !end)) throw new Undecided(`a stream was open still after ${2 * lifeMs} ms`);
  const cut = streams.find(({ complete }) => !complete);
  if (cut) return fail(`a stream that ended by itself ended ${howOf(cut)} in place of END_STREAM`, evidenceOf([cut]));
  return brokenCoding(streams);
}

/** What is said of a stream that is complete by HTTP/2 and not by its content coding. */
function brokenCoding(streams: readonly Http2Stream[]): Judgement | undefined {
  const broken = streams.find(({ codingFault }) => codingFault !== undefined);
  if (!broken) return undefined;
  const message = `a stream ended with END_STREAM and its content coding is broken: ${broken.codingFault}`;
  return warn(message, evidenceOf([broken]));
}

/** Streams that a shutdown ends. */
async function judgeShutdown(context: RuleContext, server: FreshServer): Promise<Judgement> {
  const { bounds } = context;
  const connection = await context.connectHttp2({ server });
  // The last one as who takes gzip asks: where the server compresses, its coding has an end, too.
  const opened = await context.subscribeHttp2(connection, streamsAtShutdown, (index) =>
    index === streamsAtShutdown - 1 ? takesGzip : {},
  );
  const streams = opened.filter(({ end }) => !end);
  if (streams.length === 0) throw new Undecided('no stream was open any more when the server was to end');
  server.signal('SIGTERM');
  await connection.until(() => connection.end, bounds.stop + bounds.open);
  if (!connection.end && streams.some(({ end }) => !end)) {
    throw new Undecided('the server did not end its streams in time: see cleanup/ends-on-sigterm');
  }
  const { goAway } = connection.session;
  const reset = streams.find(({ complete, resetCode }) => !complete && resetCode !== undefined);
  if (reset)
    return fail(`a shutdown ended a stream ${howOf(reset)} in place of END_STREAM`, evidenceOf(streams, goAway));
  const cut = streams.find(({ complete }) => !complete);
  if (cut && !goAway) {
    return inconclusive(
      `at SIGTERM the connection ended and neither END_STREAM nor GOAWAY was sent: see cleanup/clean-shutdown`,
      evidenceOf(streams),
    );
  }
  if (cut) {
    return warn(
      `a shutdown sent GOAWAY and then closed the connection without END_STREAM`,
      evidenceOf(streams, goAway),
    );
  }
  const broken = brokenCoding(streams);
  if (broken) return broken;
  const ended = `a shutdown ended ${streams.length} streams with END_STREAM`;
  if (goAway) return pass(`${ended}, and the connection with GOAWAY (${goAway.code})`);
  if (!connection.end) return pass(ended);
  return warn(`${ended}, and closed the connection without GOAWAY: clients cannot tell which requests to repeat`, {
    ...evidenceOf(streams),
  });
}

/** How a stream ended that is not complete, as it stands behind "ended". */
function howOf({ resetCode, end }: Http2Stream): string {
  if (resetCode !== undefined) return `with RST_STREAM (${resetCode})`;
  return end?.kind === 'fin' ? 'with its connection' : `as ${end && 'message' in end ? end.message : end?.kind}`;
}

function evidenceOf(
  streams: readonly Http2Stream[],
  goAway?: Http2Connection['session']['goAway'],
): Pick<Judgement, 'evidence'> {
  const observed = {
    streams: streams.length,
    endStream: streams.filter(({ complete }) => complete).length,
    resetWith: streams.map(({ resetCode }) => resetCode ?? 'none').join(' '),
    goAway: goAway?.code ?? 'none',
  };
  return { evidence: streams[0]?.evidence({ observed }) ?? { observed } };
}
