import type { RuleContext } from '../context.ts';

/** Letters and digits that no compressor shortens much. */
export function noise(context: RuleContext, length: number): string {
  // Ten characters of each number are as random as the number is.
  const words = Array.from({ length: Math.ceil(Math.max(0, length) / 10) }, () => randomWord(context));
  return words.join('').slice(0, Math.max(0, length));
}

function randomWord({ random }: RuleContext): string {
  return Math.floor(random.next() * 36 ** 10)
    .toString(36)
    .padStart(10, '0');
}
