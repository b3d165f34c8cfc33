import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { headerList } from '../../judge/response-reader.ts';
import { type Judgement, skip } from '../../verdict.ts';

/** The content codings that clients of the web know (RFC 9110 8.4.1, RFC 7932, RFC 8878). */
export const contentCodings = ['gzip', 'deflate', 'br', 'zstd'] as const;
export type ContentCoding = (typeof contentCodings)[number];

/** Codings that were applied to a response, `identity` left out. */
export function codingsOf({ head }: Exchange): string[] {
  if (!head) return [];
  return headerList(head, 'content-encoding').filter((coding) => coding !== 'identity' && coding !== '');
}

/** Asks for an event stream in each coding alone; gives those that the server applied. */
export async function offeredCodings(context: RuleContext): Promise<ContentCoding[]> {
  const offered: ContentCoding[] = [];
  for (const coding of contentCodings) {
    const answer = await context.ask({ headers: { 'Accept-Encoding': coding } });
    if (answer.isEventStream && isCodedAs(answer, coding)) offered.push(coding);
    answer.close();
  }
  return offered;
}

/** Whether a coding, and no other one, was applied. */
export function isCodedAs(exchange: Exchange, coding: ContentCoding): boolean {
  const [first, ...others] = codingsOf(exchange);
  return first?.replace(/^x-/, '') === coding && others.length === 0;
}

/** The judgement where there is no compressed stream to look at. */
export function nothingCompressed(): Judgement {
  return skip('profile', `for servers that compress their streams: this one does not for ${contentCodings.join(', ')}`);
}

/** Judges each coding that the server offers; the worst judgement speaks for all, and a pass for each. */
export async function judgeCodings(
  context: RuleContext,
  judge: (coding: ContentCoding) => Promise<Judgement>,
): Promise<Judgement> {
  const offered = await offeredCodings(context);
  if (offered.length === 0) return nothingCompressed();
  const judged: Judgement[] = [];
  for (const coding of offered) {
    const judgement = await judge(coding);
    const told = { ...judgement, message: `${coding}: ${judgement.message}` };
    if (judgement.verdict === 'fail') return told;
    judged.push(told);
  }
  const doubtful = judged.find(({ verdict }) => verdict === 'warn') ?? judged.find(({ verdict }) => verdict !== 'pass');
  return doubtful ?? { verdict: 'pass', message: judged.map(({ message }) => message).join('; ') };
}
