/** An event that tells who published it: data and what stands for it in lists. */
export interface NumberedEvent {
  /** Such as `p2.117`. */
  readonly key: string;
  readonly data: string;
}

/** The event of a publisher with this number; every fiftieth is so large that its storing takes many pages. */
export function numberedEvent(publisher: string, number: number): NumberedEvent {
  const key = `${publisher}.${number}`;
  const padding = number % 50 === 49 ? 20_000 : 60;
  return { key, data: `${key}\n${'.'.repeat(padding)}` };
}

/** The key of an event that was received; undefined where nobody published such data. */
export function keyOf(data: string): string | undefined {
  const [, publisher, number] = /^(\w+)\.(\d+)\n/.exec(data) ?? [];
  if (publisher === undefined) return undefined;
  const published = numberedEvent(publisher, Number(number));
  return published.data === data ? published.key : undefined;
}
