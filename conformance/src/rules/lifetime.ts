import type { Exchange } from '../access/exchange.ts';
import type { RuleContext } from '../context.ts';

/** Timers of servers and of this machine are not exact. */
const shareOfLife = 0.9;

/** Whether a stream is as old as the target says that its streams get: that it ends then says nothing else. */
export function hadItsTime({ clock, target: { lifetimeMs } }: RuleContext, { startedAtMs }: Exchange): boolean {
  return lifetimeMs !== undefined && clock.now() - startedAtMs >= shareOfLife * lifetimeMs;
}
