import { SettingError } from '@ssert/protocol';
import type { BenchTarget, SloTree } from '../results/bench-result.ts';
import { type Metric, metricNamed, metrics } from './metrics.ts';
import { type Token, tokensOf, wrongSlo } from './tokens.ts';

type Compare = Extract<SloTree, { kind: 'compare' }>;

const unitFactors: Readonly<Record<Metric['unit'], Readonly<Record<string, number>>>> = {
  time: { us: 1, µs: 1, ms: 1e3, s: 1e6, m: 60e6 },
  bytes: { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 },
  share: { '%': 0.01 },
  number: {},
};
const unitExamples: Readonly<Record<Metric['unit'], string>> = {
  time: 'a time with its unit, such as 250ms,',
  bytes: 'a size with its unit, such as 512MiB,',
  share: 'a share, such as 99.9% or 0,',
  number: 'a number',
};

/**
 * Reads a service level objective such as `p99(delivery) < 250ms && loss == 0`. `p99 < 250ms` is short for
 * `p99(delivery)`; `&&` binds closer than `||`, and brackets group.
 * @throws SettingError that names the place and what to write there
 */
export function parseSlo(expression: string): SloTree {
  const tokens = tokensOf(expression);
  let at = 0;
  const here = (): Token => tokens[at] as Token;
  const take = (): Token => tokens[at++] as Token;

  const joined = (kind: 'and' | 'or', joint: string, part: () => SloTree): SloTree => {
    const terms = [part()];
    while (here().text === joint) {
      take();
      terms.push(part());
    }
    return terms.length === 1 ? (terms[0] as SloTree) : { kind, terms };
  };
  const either = (): SloTree => joined('or', '||', all);
  const all = (): SloTree => joined('and', '&&', term);
  const term = (): SloTree => {
    if (here().kind !== 'open') return compare();
    take();
    const inner = either();
    if (here().kind !== 'close') throw wrongSlo(expression, here(), 'a closing bracket');
    take();
    return inner;
  };
  const compare = (): SloTree => {
    const word = take();
    const metric = metricOf(expression, word);
    const operator = take();
    if (operator.kind !== 'operator') throw wrongSlo(expression, operator, 'one of < <= > >= ==');
    const value = take();
    const limit = limitOf(expression, value, metric);
    const text = `${metric.name} ${operator.text} ${value.text.replace(/\s+/g, '')}`;
    return { kind: 'compare', metric: metric.name, operator: operator.text as Compare['operator'], limit, text };
  };

  const tree = either();
  if (here().kind !== 'end') throw wrongSlo(expression, here(), '&& or || and a further term, or nothing,');
  return tree;
}

/**
 * Refuses an objective that a run could not measure: a missing number would pass or fail by chance.
 * @param access whether the server's process is known
 * @throws SettingError that names the term
 */
export function requireMeasurable(
  tree: SloTree,
  mode: BenchTarget['mode'],
  access: { readonly process: boolean },
): void {
  for (const { metric: name, text } of comparisons(tree)) {
    const metric = metricNamed(name);
    if (metric === undefined) throw new SettingError('--slo', text, metricsToGive());
    if (!metric.modes.includes(mode)) throw new SettingError('--slo', text, unlockedBy(metric, mode));
    if (metric.process && !access.process) {
      throw new SettingError('--slo', text, 'another term, or --start or --pid: it is measured on the server itself');
    }
  }
}

/** Every comparison in it, from left to right. */
export function comparisons(tree: SloTree): readonly Compare[] {
  return tree.kind === 'compare' ? [tree] : tree.terms.flatMap(comparisons);
}

function metricOf(expression: string, word: Token): Metric {
  const name = word.text.replace(/\s+/g, '');
  const metric =
    word.kind === 'word' ? metricNamed(/^(p\d[\d.]*|max)$/.test(name) ? `${name}(delivery)` : name) : undefined;
  if (metric) return metric;
  throw wrongSlo(expression, word, metricsToGive());
}

function metricsToGive(): string {
  return `p99(delivery), a percentile of connect, ttfh, ttfe, publishLag, publishAck, skew or gap, or one of ${metrics.map(({ name }) => name).join(' ')},`;
}

function limitOf(expression: string, value: Token, { unit }: Metric): number {
  const [, digits, suffix = ''] = /^(\d+(?:\.\d+)?)\s*(.*)$/.exec(value.text) ?? [];
  const number = Number(digits);
  const factors = unitFactors[unit];
  // Nothing of something needs no unit, and shares and counts may go without.
  const factor =
    suffix === '' && (unit === 'share' || unit === 'number' || number === 0) ? 1 : factors[suffix.toLowerCase()];
  if (value.kind !== 'value' || factor === undefined) throw wrongSlo(expression, value, unitExamples[unit]);
  const limit = number * factor;
  if (unit === 'share' && limit > 1) throw wrongSlo(expression, value, 'a share of at most 100%');
  // 99.9 % is 0.999, not 0.9990000000000001.
  return Number(limit.toPrecision(12));
}

function unlockedBy({ modes }: Metric, mode: BenchTarget['mode']): string {
  if (mode === 'opaque') return 'another term, or --publish: without it nobody knows when an event was meant to come';
  return modes.includes('published')
    ? 'another term, or --publish: here the server publishes by itself'
    : 'another term';
}
