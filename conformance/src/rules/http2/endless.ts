import type { RuleContext } from '../../context.ts';
import { Undecided } from '../../undecided.ts';

/** @throws Undecided where streams end by themselves, so that the end of one tells nothing */
export function requireEndless({ target }: RuleContext): void {
  if (target.lifetimeMs !== undefined || target.profiles.has('finite')) {
    throw new Undecided('a stream ended meanwhile, as streams of this server do');
  }
}
