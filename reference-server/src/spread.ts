import type { Clock, Random } from '@ssert/protocol';

/** When who is sent away should come back: spread, so that they do not all come in the same second. */
export function retryAfterSeconds(random: Random): number {
  return 5 + Math.floor(random.next() * 11);
}

/** How often some of the items get their turn. */
const tickMs = 10;

/** Items at once that nobody notices: 1000 a second. */
const itemsPerTick = 10;

/**
 * Calls `act` for every item, in random order: ten at once, then ten every 10 ms, and more where that would not fit into
 * `withinMs`. `done` is called behind the last.
 */
export function spread<Item>(
  items: readonly Item[],
  act: (item: Item) => void,
  done: () => void,
  { clock, random, withinMs }: { readonly clock: Clock; readonly random: Random; readonly withinMs: number },
): void {
  const order = shuffled(items, random);
  const ticks = Math.max(1, Math.floor(withinMs / tickMs));
  const perTick = Math.max(itemsPerTick, Math.ceil(order.length / ticks));
  const tick = (): void => {
    for (const item of order.splice(0, perTick)) act(item);
    if (order.length > 0) clock.after(tickMs, tick);
    else done();
  };
  tick();
}

/** Every order is as likely (Fisher and Yates). */
function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const order = [...items];
  for (let end = order.length - 1; end > 0; end -= 1) {
    const chosen = Math.floor(random.next() * (end + 1));
    [order[end], order[chosen]] = [order[chosen] as Item, order[end] as Item];
  }
  return order;
}
