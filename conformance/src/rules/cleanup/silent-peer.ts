import type { Rule } from '../../rule.ts';
import { cwe, rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { inconclusive, pass, skip, warn } from '../../verdict.ts';
import { hasTimeToStall, keepsStalledReaders, longestStallMs, longStall } from '../backpressure/stall-trial.ts';
import { stallBudgetMs } from '../backpressure/stalled-reader.ts';
import { seconds } from '../units.ts';

/**
 * A vanished peer acknowledges nothing, which only whoever may drop packets can bring about. A peer that stops reading
 * is the same to the server itself, whose writes do not go on; to its kernel it is not, as its own kernel still answers.
 */
export const silentPeerNoticed: Rule = {
  id: 'cleanup/silent-peer-noticed',
  code: 'SC-03',
  level: 'SHOULD',
  title: 'A peer that vanishes is noticed',
  statement: 'A peer that takes nothing any more, and says nothing, is let go within 120 s.',
  spec: [cwe(772), rfc(9293, '3.8.6.1')],
  access: ['publish', 'stats'],
  phase: 'stall',
  disruptive: true,
  budgetMs: stallBudgetMs,
  judge: async (context) => {
    const { bounds, effort, target } = context;
    const approximation = 'seen on a peer that stopped reading, as packets cannot be dropped here';
    if (!hasTimeToStall(context) || longestStallMs(context) > effort.watchMs) {
      return inconclusive(`${seconds(bounds.silent)} of watching decide`);
    }
    if (target.hasChannels && target.statsByChannel)
      throw new Undecided('the count is of one channel, not of the one used here');
    const trial = await longStall(context);
    const { stream, releasedAfterMs, stalledForMs, flood } = trial;
    if (flood.blocked)
      throw new Undecided('publishers wait for a reader that stopped, so no peer can be silent for long');
    const observed = { silentBoundMs: bounds.silent, watchedMs: Math.round(stalledForMs), publishedBytes: flood.bytes };
    const detail = { evidence: stream.evidence({ observed }), reproduce: `${context.curl()} | sleep 600` };
    if (releasedAfterMs !== undefined && releasedAfterMs > bounds.silent) {
      const late = `a peer that took nothing was let go only after ${seconds(releasedAfterMs)}`;
      return inconclusive(`${late}, and ${seconds(bounds.silent)} is the bound (${approximation})`, detail);
    }
    if (releasedAfterMs !== undefined) {
      return pass(`a peer that took nothing was let go after ${seconds(releasedAfterMs)} (${approximation})`, detail);
    }
    if (keepsStalledReaders(target)) {
      return skip(
        'profile',
        `for servers that let stalled readers go: by its declared policy this one kept one for ${seconds(stalledForMs)}`,
      );
    }
    return warn(`a peer that took nothing is still counted after ${seconds(stalledForMs)} (${approximation})`, detail);
  },
};
