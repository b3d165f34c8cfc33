import type { Http2Connection, Http2Stream } from '../../access/http2-connection.ts';
import type { FreshServer, RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, skip, warn } from '../../verdict.ts';

/** A stream that lives longer is not waited for. */
const longestLifeMs = 60_000;
const streamsAtShutdown = 3;

export const endOfStream: Rule = {
  id: 'http2/end-of-stream',
  code: 'SZ-08',
  level: 'MUST',
  title: 'A normal end is END_STREAM',
  statement:
    'A stream that ends as it is meant to, and one that a shutdown ends, ends with END_STREAM and not with a reset; GOAWAY comes before the connection closes.',
  spec: [rfc(9113, '8.1'), rfc(9113, '6.8')],
  access: ['stream'],
  profiles: ['h2'],
  phase: 'process',
  budgetMs: ({ bounds }) => 150_000 + 2 * longestLifeMs + bounds.stop + 10 * bounds.open,
  judge: async (context) => {
    const { lifetimeMs, profiles, process } = context.target;
    const canStart = process !== undefined && 'start' in process;
    const lifeMs = lifetimeMs ?? (profiles.has('finite') ? longestLifeMs : undefined);
    if (lifeMs !== undefined && lifeMs <= longestLifeMs) {
      return judgeOwnEnd(context, lifeMs, canStart ? await context.startFresh() : undefined);
    }
    if (canStart) return judgeShutdown(context, await context.startFresh());
    return skip(
      'access',
      'needs a stream that ends: give --start COMMAND to see a shutdown, or declare the `lifetime` of streams in the target file',
    );
  },
};

/** A stream that the server ends by itself. */
async function judgeOwnEnd(context: RuleContext, lifeMs: number, server: FreshServer | undefined): Promise<Judgement> {
  const connection = await context.connectHttp2(server ? { server } : {});
  const [stream] = await context.subscribeHttp2(connection, 1);
  await stream?.until(() => stream.end, 2 * lifeMs + 5 * context.bounds.open);
  if (!stream?.end) throw new Undecided(`a stream was open still after ${2 * lifeMs} ms`);
  if (stream.complete) return pass('the stream ended by itself, with END_STREAM');
  return fail(`a stream that ended by itself ended ${howOf(stream)} in place of END_STREAM`, evidenceOf([stream]));
}

/** Streams that a shutdown ends. */
async function judgeShutdown(context: RuleContext, server: FreshServer): Promise<Judgement> {
  const { bounds } = context;
  const connection = await context.connectHttp2({ server });
  const streams = await context.subscribeHttp2(connection, streamsAtShutdown);
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
