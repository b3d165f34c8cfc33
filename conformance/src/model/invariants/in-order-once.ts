import { type Invariant, listed, promised, streamInWords } from '../history.ts';

/** No stream gets an event twice, or one before another that was published earlier. */
export const inOrderOnce: Invariant = ({ streams }) => {
  for (const [index, stream] of streams.entries()) {
    const numbers = promised(stream);
    const at = numbers.findIndex((number, place) => place > 0 && number <= (numbers[place - 1] ?? 0));
    if (at < 0) continue;
    const number = numbers[at];
    const twice = numbers.indexOf(number ?? 0) < at;
    const what = twice ? `got event ${number} twice` : `got event ${number} after event ${numbers[at - 1]}`;
    const message = `${streamInWords(stream)} ${what}: ${listed(numbers)}`;
    return { invariant: twice ? 'once' : 'in-order', message, stream: index };
  }
  return undefined;
};
