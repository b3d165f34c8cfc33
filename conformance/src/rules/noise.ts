import type { RuleContext } from '../context.ts';

/** Letters and digits that no compressor shortens much. */
export function noise({ random }: RuleContext, length: number): string {
  return Array.from({ length: Math.max(0, length) }, () => Math.floor(random.next() * 36).toString(36)).join('');
}
