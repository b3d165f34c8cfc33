import type { Exchange } from '../../access/exchange.ts';
import { type RuleContext, shellQuote } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe, rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass, warn } from '../../verdict.ts';
import { observedRestart, observeRestart, type Restart, restartBudgetMs } from '../observed-restart.ts';

export const endsOnSigterm: Rule = {
  id: 'cleanup/ends-on-sigterm',
  code: 'SC-07',
  level: 'MUST',
  title: 'SIGTERM with open streams ends the process',
  statement: 'SIGTERM ends the process within the stop bound, however many streams are open.',
  spec: [cwe(404)],
  access: ['process'],
  phase: 'process',
  budgetMs: (context) => 2 * restartBudgetMs(context),
  judge: async (context) => {
    const restart = await observedRestart(context);
    if (!restart.exit) return judgeAgain(context, restart);
    const { afterMs, code, signal } = restart.exit;
    const how = code === undefined ? signal : `exit code ${code}`;
    const message = `SIGTERM with ${opened(restart)}: the process ended after ${Math.round(afterMs)} ms${how === undefined ? '' : ` with ${how}`}`;
    if (restart.port === 'free') return pass(message);
    return inconclusive(
      `${message}, and another one goes on listening on its port: let --start run the server without a supervisor`,
    );
  },
};

/** A bound that was missed once has to be missed again. */
async function judgeAgain(context: RuleContext, first: Restart): ReturnType<Rule['judge']> {
  const { stop } = context.bounds;
  const again = await observeRestart(context);
  const observed = {
    stopBoundMs: stop,
    openStreams: first.streams.length,
    stalledStreams: first.stalled,
    streamsOpenAtTheBound: first.leftOpen,
    streamsOpenAtTheBoundAgain: again.leftOpen,
  };
  if (again.exit) {
    return inconclusive(
      `SIGTERM with ${opened(first)}: the process still ran after ${stop} ms, and when repeated it ended after ${Math.round(again.exit.afterMs)} ms`,
      { evidence: { observed } },
    );
  }
  const streams = `${first.leftOpen} of the ${first.streams.length} that are read were open still`;
  return fail(`SIGTERM with ${opened(first)}: twice the process still ran after ${stop} ms; ${streams}`, {
    evidence: { observed },
    reproduce: killCommand(context),
  });
}

export const cleanShutdown: Rule = {
  id: 'cleanup/clean-shutdown',
  code: 'SC-08',
  level: 'SHOULD',
  title: 'Shutdown ends streams cleanly',
  statement:
    'A server that shuts down ends each stream behind a whole event and by the framing of HTTP and its content coding, without a reset.',
  spec: [rfc(9112, '8'), rfc(9112, '7.1'), rfc(9113, '8.1'), rfc(9110, '8.4.1')],
  access: ['process'],
  phase: 'process',
  budgetMs: restartBudgetMs,
  judge: async (context) => {
    const restart = await observedRestart(context);
    const faults = restart.streams.flatMap((stream) => {
      const fault = faultOfEnd(stream);
      return fault === undefined ? [] : [{ stream, fault }];
    });
    const whole = `${restart.streams.length} streams, ${restart.publishedMeanwhile} events published meanwhile`;
    const [first] = faults;
    if (!first) return pass(`${whole}: each ended cleanly`);
    if (!restart.exit && restart.leftOpen > 0) {
      throw new Undecided('the server did not shut down in time: see cleanup/ends-on-sigterm');
    }
    const kinds = [...new Set(faults.map(({ fault }) => fault))].join('; ');
    const observed = {
      streams: restart.streams.length,
      streamsCut: faults.length,
      eventsOnThisStream: first.stream.dispatched,
      eventsPublishedMeanwhile: restart.publishedMeanwhile,
      endedAfterMs: Math.round((first.stream.endAtMs ?? restart.signalledAtMs) - restart.signalledAtMs),
    };
    const torn = first.stream.violations.find(isTornEvent);
    return warn(`${whole}: ${faults.length} did not end cleanly: ${kinds}`, {
      evidence: torn ? { ...first.stream.evidenceOf(torn), observed } : first.stream.evidence({ observed }),
      reproduce: killCommand(context),
    });
  },
};

/** What is wrong with how a stream came to its end; undefined where nothing is. */
export function faultOfEnd({
  end,
  framing,
  violations,
  codingFault,
}: Pick<Exchange, 'end' | 'framing' | 'violations' | 'codingFault'>): string | undefined {
  if (violations.some(isTornEvent)) return 'in the middle of an event';
  if (codingFault !== undefined) return `its content coding is broken: ${codingFault}`;
  switch (end?.kind) {
    case 'complete':
      return undefined;
    case 'fin':
      // A body without a length ends with its connection.
      return framing === 'close-delimited' ? undefined : 'the connection was closed before the end of the body';
    case 'reset':
      return 'the connection was reset';
    default:
      return end ? `the connection ended as ${end.kind}` : 'the connection stayed open';
  }
}

function isTornEvent({ rule }: { readonly rule?: string }): boolean {
  return rule === 'framing/last-event-terminated';
}

function opened({ streams, stalled }: Restart): string {
  return `${streams.length} streams open${stalled === 0 ? '' : ` and ${stalled} more stalled`}`;
}

/** Ends the server in the middle of a stream. */
export function killCommand(context: RuleContext): string {
  const { stream, process } = context.target;
  const port = stream.url.port || '80';
  const start = process && 'start' in process ? process.start.replaceAll('{port}', port) : '';
  const own = `sh -c ${shellQuote(start)} & sleep 3; ${context.curl()} & sleep 1`;
  return `${own}; kill "$(lsof -t -i :${port} -s TCP:LISTEN)"; sleep ${context.bounds.stop / 1000}; lsof -i :${port}`;
}
