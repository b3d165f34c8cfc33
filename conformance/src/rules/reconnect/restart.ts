import type { Exchange } from '../../access/exchange.ts';
import { header } from '../../judge/response-reader.ts';
import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { info, pass, warn } from '../../verdict.ts';
import { killCommand } from '../cleanup/shutdown.ts';
import { observedRestart, type Restart, restartBudgetMs } from '../observed-restart.ts';

export const restartKeepsBrowsers: Rule = {
  id: 'reconnect/restart-keeps-browsers',
  code: 'SR-15',
  level: 'SHOULD',
  title: 'A restart meets browsers with nothing that stops them for good',
  statement:
    'While it restarts, a server refuses connections or ends streams; it answers no error, after which an EventSource never comes back.',
  spec: [html('sse-processing-model'), rfc(9110, '15.6.4')],
  access: ['process'],
  profiles: ['browser'],
  phase: 'process',
  budgetMs: restartBudgetMs,
  judge: async (context) => {
    const restart = await observedRestart(context);
    const stopping = restart.asked.filter(stopsEventSource);
    const [first] = stopping;
    if (!first?.head) {
      if ('problem' in restart.back) throw new Undecided(`the server did not come back: ${restart.back.problem}`);
      return pass(
        `${restart.asked.length} subscriptions from SIGTERM on until a new stream opened ${Math.round(restart.back.afterMs)} ms later: ${listed(restart.asked)}`,
      );
    }
    const connected = stopping.filter((one) => restart.connectedBefore.has(one)).length;
    const where = [
      connected > 0 ? `${connected} on connections from before SIGTERM` : '',
      stopping.length > connected ? `${stopping.length - connected} on new connections` : '',
    ];
    const without = stopping.some(({ head }) => head?.status === 503 && header(head, 'retry-after') === undefined);
    const message = `of ${restart.asked.length} subscriptions from SIGTERM on ${stopping.length} got ${answers(stopping)}, which ends an EventSource for good: ${where.filter(Boolean).join(', ')}${without ? '; a 503 had no Retry-After either' : ''}`;
    const observed = {
      afterSignalMs: stopping.map(({ headAtMs }) => Math.round((headAtMs ?? 0) - restart.signalledAtMs)).slice(0, 100),
      processEndedAfterMs: Math.round(restart.exit?.afterMs ?? -1),
    };
    return warn(message, { evidence: first.evidence({ observed }), reproduce: killCommand(context) });
  },
};

/** Whether a browser's EventSource takes the answer as a failure for good (HTML 9.2.3): not what never came, or is redirected. */
export function stopsEventSource(exchange: Pick<Exchange, 'head' | 'isEventStream'>): boolean {
  const status = exchange.head?.status;
  if (status === undefined || exchange.isEventStream) return false;
  return status < 300 || status >= 400;
}

function answers(exchanges: readonly Exchange[]): string {
  return [
    ...new Set(exchanges.map(({ head }) => (head?.status === 200 ? 'another media type' : `status ${head?.status}`))),
  ].join(', ');
}

function listed(asked: readonly Exchange[]): string {
  const streams = asked.filter(({ isEventStream }) => isEventStream).length;
  const refused = asked.filter(({ end }) => end?.kind === 'unreachable').length;
  return `${streams} got a stream, ${refused} were refused, ${asked.length - streams - refused} ended without an answer`;
}

export const spreadReturn: Rule = {
  id: 'reconnect/spread-return',
  code: 'SR-16',
  level: 'MAY',
  title: 'Mass closing spreads the return',
  statement:
    'A server that ends many streams spreads the return of their clients, by the moments of their ends or by retry.',
  spec: [html('sse-processing-model')],
  access: ['process'],
  phase: 'process',
  budgetMs: restartBudgetMs,
  judge: async (context) => {
    const restart = await observedRestart(context);
    const { endsMs, retriesMs } = returnOf(restart);
    if (endsMs.length < 2) throw new Undecided('fewer than two streams were ended');
    const endsSpreadMs = Math.round(Math.max(...endsMs) - Math.min(...endsMs));
    const retrySpreadMs = retriesMs.length === 0 ? 0 : Math.max(...retriesMs) - Math.min(...retriesMs);
    const ends = `${endsMs.length} streams ended within ${endsSpreadMs} ms`;
    const retries =
      retriesMs.length === 0
        ? 'none told a retry'
        : `${retriesMs.length} told a retry, ${retrySpreadMs} ms apart at most`;
    const evidence = {
      observed: { streams: endsMs.length, endsSpreadMs, streamsWithRetry: retriesMs.length, retrySpreadMs },
    };
    // Browsers wait for some seconds, all for the same time.
    const isSpread = Math.max(endsSpreadMs, retrySpreadMs) >= 1000;
    if (isSpread) return pass(`${ends}, and ${retries}`, { evidence });
    return info(`${ends}, and ${retries}: their clients come back together`, { evidence });
  },
};

/** When streams ended, from the signal, and the retry that each told last, both in ms. */
function returnOf({ streams, signalledAtMs }: Restart): { endsMs: number[]; retriesMs: number[] } {
  return {
    endsMs: streams.flatMap(({ endAtMs }) => (endAtMs === undefined ? [] : [endAtMs - signalledAtMs])),
    retriesMs: streams.flatMap(({ blocks }) => {
      const retries = blocks.flatMap(({ fields }) => fields.filter(({ name }) => name === 'retry'));
      const last = retries.at(-1)?.value;
      // Hundreds of digits make no number that a report can hold.
      return last !== undefined && /^\d+$/.test(last) ? [Math.min(Number(last), Number.MAX_SAFE_INTEGER)] : [];
    }),
  };
}
