import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { type Growth, judgeGrowth } from '../../growth.ts';

const parsing = [html('parsing-an-event-stream')] as const;

/** A rule on how the client's time grows. */
function growthRule(
  id: ClientRule['id'],
  code: string,
  rule: Pick<ClientRule, 'title' | 'statement'> & { readonly growth: Growth },
): ClientRule {
  const { growth, ...more } = rule;
  const level = 'SHOULD';
  return { id, code, level, spec: parsing, ...more, judge: (context) => judgeGrowth(context, growth, level) };
}

/** A text in pieces of one size. */
function* inPieces(text: string, size: number): Generator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export const growths: readonly ClientRule[] = [
  growthRule('limits/time-grows-with-the-line', 'CS-06', {
    title: 'Time for a long line',
    statement: 'The time for one line grows as its length does, where it comes in pieces of 1 kB.',
    growth: {
      unit: 'bytes of one line',
      smallest: 15_625,
      largest: 8_000_000,
      body: (bytes) => inPieces(`data: ${'y'.repeat(bytes)}end\n\n`, 1000),
    },
  }),
  growthRule('limits/time-grows-with-the-lines', 'CS-07', {
    title: 'Time for many lines',
    statement: 'The time for one event grows as the number of its lines does.',
    growth: {
      unit: 'lines of one event',
      smallest: 100,
      largest: 100 * 2 ** 12,
      body: (lines) => inPieces(`${'data: x\n'.repeat(lines)}data: end\n\n`, 65_536),
    },
  }),
  growthRule('limits/time-grows-with-the-events', 'CS-08', {
    title: 'Time for many events',
    statement: 'The time for a burst of events grows as their number does, and is no more than 50 µs of CPU for each.',
    growth: {
      unit: 'events',
      mostUs: 50,
      smallest: 100,
      largest: 100 * 2 ** 10,
      body: (events) => inPieces(`${'data: x\n\n'.repeat(events)}data: end\n\n`, 65_536),
    },
  }),
];
