/** What a run knows when it is over. */
export interface Record {
  /** Keys of the events that were answered with 202, and the ids that the answers gave. */
  readonly acknowledged: ReadonlyMap<string, string>;
  /** Keys of those that were sent and not answered so: they may or may not be in the log. */
  readonly unanswered: ReadonlySet<string>;
  /** What each consumer received, over all its connections. */
  readonly received: ReadonlyMap<string, readonly ReceivedEvent[]>;
}

export interface ReceivedEvent {
  readonly id: string;
  /** Undefined where the data is none that was published. */
  readonly key: string | undefined;
}

/** Counted for each consumer and event; all but `delivered` and `unansweredInLog` should be 0. */
export interface Verdict {
  delivered: number;
  unansweredInLog: number;
  /** Acknowledged, or received by another consumer, and not received by this one. */
  lost: number;
  repeated: number;
  /** Received in another order than by the first consumer, or than its publisher had the answers in. */
  reordered: number;
  /** Of unknown data, or under another id than the answer gave. */
  strange: number;
  /** The first few of them, for people to read. */
  readonly examples: string[];
}

const maxExamples = 20;

/** Holds what was received against what was published. */
export function judge({ acknowledged, unanswered, received }: Record): Verdict {
  const examples: string[] = [];
  const verdict: Verdict = {
    delivered: 0,
    unansweredInLog: 0,
    lost: 0,
    repeated: 0,
    reordered: 0,
    strange: 0,
    examples,
  };
  const accuse = (what: 'lost' | 'repeated' | 'reordered' | 'strange', consumer: string, detail: string): void => {
    verdict[what] += 1;
    if (examples.length < maxExamples) examples.push(`${what} at ${consumer}: ${detail}`);
  };

  const orders = new Map<string, readonly string[]>();
  for (const [consumer, events] of received) {
    const seen = new Set<string>();
    for (const { id, key } of events) {
      verdict.delivered += 1;
      if (key === undefined || !(acknowledged.has(key) || unanswered.has(key))) accuse('strange', consumer, `id ${id}`);
      else if (acknowledged.has(key) && acknowledged.get(key) !== id)
        accuse('strange', consumer, `${key} has id ${id} and was answered with ${acknowledged.get(key)}`);
      else if (seen.has(key)) accuse('repeated', consumer, `${key}, id ${id}`);
      else seen.add(key);
    }
    orders.set(consumer, [...seen]);
  }

  const everywhere = new Set([...acknowledged.keys(), ...[...orders.values()].flat()]);
  verdict.unansweredInLog = [...everywhere].filter((key) => !acknowledged.has(key)).length;
  const [first = []] = orders.values();
  const rank = new Map(first.map((key, at) => [key, at]));
  for (const [consumer, order] of orders) {
    for (const key of everywhere.difference(new Set(order))) accuse('lost', consumer, key);
    let last = -1;
    for (const key of order) {
      const at = rank.get(key) ?? last;
      if (at < last) accuse('reordered', consumer, `${key} behind ${first[last]}`);
      else last = at;
    }
    const numbers = new Map<string, number>();
    for (const key of order.filter((key) => acknowledged.has(key))) {
      const [publisher = '', number] = key.split('.');
      if (Number(number) < (numbers.get(publisher) ?? -1)) accuse('reordered', consumer, `${key} behind a later one`);
      numbers.set(publisher, Number(number));
    }
  }
  return verdict;
}
