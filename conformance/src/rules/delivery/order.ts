import type { Order } from '../../target.ts';

/** Nobody knows better than the target file whether the server is a cluster that promises less. */
const waiver = "a cluster that promises no one order says `order: 'per-publisher'` in its target file";

/** An event of one of several publishers, as one client got it. */
export interface Numbered {
  readonly publisher: number;
  /** From 1 up, in the order in which its publisher had them accepted. */
  readonly number: number;
}

/** What is wrong with what the clients got. */
export interface OrderComplaint {
  readonly message: string;
  readonly client: number;
  /** More time could bring what is missing: nothing that was published later is there. */
  readonly mayBeLate: boolean;
}

/**
 * Holds what each client got against what was published: each event once, those of one publisher in its order, and all
 * clients in the same order, where that is promised.
 * @param published how many each publisher had accepted, the first publisher's first
 */
export function orderComplaint(
  published: readonly number[],
  clients: readonly (readonly Numbered[])[],
  order: Order,
): OrderComplaint | undefined {
  for (const [client, got] of clients.entries()) {
    for (const [publisher, count] of published.entries()) {
      const numbers = got.filter((one) => one.publisher === publisher).map(({ number }) => number);
      const fault = sequenceFault(numbers, count);
      if (fault === undefined) continue;
      const of = published.length === 1 ? '' : ` of publisher ${publisher + 1}`;
      return { message: `${fault.message}${of}`, client, mayBeLate: fault.mayBeLate };
    }
  }
  if (order === 'per-publisher') return undefined;
  const [first = []] = clients;
  for (const [client, got] of clients.entries()) {
    const at = got.findIndex((one, index) => !isSame(one, first[index]));
    if (at < 0) continue;
    const message = `it got ${nameOf(got[at])} as its event ${at + 1}, where the first client got ${nameOf(first[at])}`;
    return { message: `${message} (${waiver})`, client, mayBeLate: false };
  }
  return undefined;
}

function sequenceFault(numbers: readonly number[], count: number): { message: string; mayBeLate: boolean } | undefined {
  const seen = new Set<number>();
  let highest = 0;
  for (const number of numbers) {
    if (seen.has(number)) return { message: `it got event ${number} again`, mayBeLate: false };
    if (number < highest) return { message: `it got event ${number} after event ${highest}`, mayBeLate: false };
    seen.add(number);
    highest = number;
  }
  for (let number = 1; number <= count; number += 1) {
    if (seen.has(number)) continue;
    const missing = count - seen.size;
    const others = missing === 1 ? '' : ` and ${missing - 1} more`;
    return { message: `it did not get event ${number}${others}`, mayBeLate: number > highest };
  }
  return undefined;
}

function isSame(a: Numbered, b: Numbered | undefined): boolean {
  return a.publisher === b?.publisher && a.number === b.number;
}

function nameOf(one: Numbered | undefined): string {
  return one ? `event ${one.number} of publisher ${one.publisher + 1}` : 'none';
}
