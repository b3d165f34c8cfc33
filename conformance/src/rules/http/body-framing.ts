import { type Arbitrary, oneof } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import { nudge, type RuleContext } from '../../context.ts';
import { headerList, headerValues, type ResponseHead } from '../../judge/response-reader.ts';
import { textAroundBuffers, textOf } from '../../payload.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, type Judgement, pass } from '../../verdict.ts';
import { answerOf, headOf } from './answers.ts';

export const endlessBodyFraming: Rule = {
  id: 'http/endless-body-framing',
  code: 'SH-04',
  level: 'MUST',
  title: 'The framing of HTTP fits an endless body',
  statement:
    'A live stream has no Content-Length, never Content-Length with Transfer-Encoding, chunked named once, and whole chunks.',
  spec: [rfc(9112, '6.1'), rfc(9112, '6.2'), rfc(9112, '6.3'), rfc(9112, '7.1')],
  access: ['stream'],
  // Where it can publish it does: a chunk-size counted in characters shows only with the right text.
  phase: 'publishing',
  judge: async (context) => {
    const { first } = context.acquaintance;
    const fault = headFault(headOf(first), context.target.profiles.has('finite'));
    if (fault !== undefined) return fail(fault, { evidence: first.evidence(), reproduce: context.curl() });
    const stream = await watched(context, context.target.publish === undefined ? watchMsOf(context) : 100);
    const broken = brokenFraming(stream);
    if (broken) return fail(broken, { evidence: stream.evidence(), reproduce: rawCurl(context) });
    switch (stream.framing) {
      case 'content-length':
        return stream.end ? pass(`${stream.bodyBytes} bytes, as Content-Length says`) : stillOpen();
      case 'chunked':
        return judgeChunks(context, stream);
      default:
        return pass('the end of the connection delimits the body, and no field says otherwise');
    }
  },
};

/** What is wrong with the fields that tell the length of the body (RFC 9112 6.1 to 6.3). */
function headFault(head: ResponseHead, finite: boolean): string | undefined {
  const codings = headerList(head, 'transfer-encoding');
  const lengths = headerValues(head, 'content-length');
  const chunked = codings.filter((coding) => coding === 'chunked').length;
  if (chunked > 1)
    return `Transfer-Encoding names chunked ${chunked} times: clients take one coding off and read the other`;
  const [length] = lengths;
  if (length === undefined) return undefined;
  if (codings.length > 0)
    return 'Content-Length and Transfer-Encoding in one response: clients disagree on where it ends';
  if (lengths.length > 1) return `Content-Length stands ${lengths.length} times`;
  if (!/^\d+$/.test(length)) return `Content-Length ${JSON.stringify(length)} is not a number`;
  if (finite) return undefined;
  return `Content-Length: ${length} on a live stream: a client stops there (for streams that end, give --profile finite)`;
}

function watchMsOf({ bounds, effort }: RuleContext): number {
  return Math.min(5000, 2 * bounds['idle-soft'], effort.watchMs);
}

/** A stream with what came on it in a while, or until twenty chunks. */
async function watched(context: RuleContext, watchMs: number): Promise<Exchange> {
  const stream = await context.ask({ lingers: true });
  if (!stream.isEventStream) throw new Undecided(`a subscription got ${answerOf(stream)}`);
  await stream.until(() => (stream.end || stream.chunks >= 20 ? true : undefined), watchMs);
  if (stream.framing === 'content-length') {
    await stream.endWithin(watchMsOf(context));
    await stream.until(() => (stream.surplusBytes > 0 ? true : undefined), 100);
  }
  return stream;
}

/** How a stream broke its own framing, if it did. */
function brokenFraming({ end, framing, surplusBytes, bodyBytes }: Exchange): string | undefined {
  if (end?.kind === 'malformed') return end.message;
  if (framing !== 'content-length') return undefined;
  if (surplusBytes > 0) return `${surplusBytes} bytes more than Content-Length says`;
  return end && end.kind !== 'complete'
    ? `the stream ended after ${bodyBytes} bytes, before what Content-Length says`
    : undefined;
}

function stillOpen(): never {
  throw new Undecided('the stream has a Content-Length and did not end while it was watched');
}

const wide: Arbitrary<string> = textOf(['a', 'é', '€', '𝄞', '漢字']);
const anySize: Arbitrary<string> = oneof(wide, textAroundBuffers(65_536));

/** Publishes texts of many sizes, where that is possible, and reads the chunks that they come in. */
async function judgeChunks(context: RuleContext, watchedStream: Exchange): Promise<Judgement> {
  if (context.target.publish === undefined) {
    const { chunks } = watchedStream;
    return pass(
      chunks === 0 ? 'chunked, named once; no chunk came while it was watched' : `chunked, ${chunks} whole chunks`,
    );
  }
  // Where plain events do not come through, publishing brings no chunk.
  const { heldBack } = context.carriage;
  let stream = watchedStream;
  let chunks = 0;
  let published = 0;
  let arrived = 0;
  let silent = 0;
  const staysWhole = async (text: string): Promise<Complaint | undefined> => {
    if (stream.end) stream = await watched(context, 0);
    const chunksBefore = stream.chunks;
    stream.blocks.length = 0;
    if ((await context.publish({ data: text })).kind !== 'accepted') return undefined;
    // What stands behind a broken chunk shows that it is broken.
    const mark = `ssert-chunk-${context.seed}-${published}`;
    if ((await context.publish({ data: mark })).kind !== 'accepted') return undefined;
    if (heldBack) await context.publish({ data: nudge });
    published += 1;
    const patienceMs = silent < 3 ? Math.max(1000, 4 * context.bounds.event) : context.bounds.event;
    const came = (): boolean => stream.blocks.some(({ data }) => jsonReadings(data).includes(mark));
    await stream.until(() => (stream.end || came() ? true : undefined), patienceMs);
    if (came()) arrived += 1;
    else silent += 1;
    chunks += stream.chunks - chunksBefore;
    const message = brokenFraming(stream);
    return message === undefined
      ? undefined
      : { message, evidence: stream.evidence({ observed: { chunk: stream.chunks } }) };
  };
  const result = await search(context, anySize, staysWhole, ['a', 'é', '€'.repeat(1366), 'x'.repeat(65_536)], 20);
  if (result.found) {
    return fail(result.complaint.message, foundDetail(result, rawCurl(context)));
  }
  if (published === 0) throw new Undecided('no event was accepted, so no chunk of one was seen');
  if (arrived === 0)
    throw new Undecided(`none of ${published} published events arrived, so their chunks were not seen`);
  if (chunks === 0) {
    throw new Undecided(`a first stream was chunked, and those on which events arrived are ${stream.framing}`);
  }
  return pass(`chunked, ${chunks} whole chunks; ${arrived} of ${published} events of many sizes arrived in them`);
}

function rawCurl(context: RuleContext): string {
  return context.curl().replace('curl -siN', 'curl -siN --raw');
}
