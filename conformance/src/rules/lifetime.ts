import type { Exchange } from '../access/exchange.ts';
import type { RuleContext } from '../context.ts';

/** Timers of servers and of this machine are not exact. */
const shareOfLife = 0.9;

/** Whether a stream is, or was at its end, as old as the target says that they get: that it ends then says nothing else. */
export function hadItsTime(
  { clock, target: { lifetimeMs } }: RuleContext,
  { startedAtMs, endAtMs }: Exchange,
): boolean {
  return lifetimeMs !== undefined && (endAtMs ?? clock.now()) - startedAtMs >= shareOfLife * lifetimeMs;
}
