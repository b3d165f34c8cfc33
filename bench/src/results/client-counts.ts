/** Clients of one kind, by their plans. */
export interface ClientCounts {
  /** `fast`, `slow`, `mobile`, `flaky`, `stalled`. */
  readonly kind: string;
  readonly clients: number;
  /** Of these, who reads slowly or stops: what they lack is in no count of the trial. */
  readonly holdBack: number;
  /** Connects that their client waited for, and those that opened a stream. */
  readonly connects: number;
  readonly opened: number;
  /** Events that were due while they were there, or away with the intention to resume. */
  readonly expected: number;
  readonly received: number;
  /** Due while they were connected; and while they were away. */
  readonly lost: number;
  readonly lostAcrossReconnect: number;
  /** Streams opened with the last event ID. */
  readonly resumed: number;
  /** Events that came twice, on one connection; and again after a return. */
  readonly duplicate: number;
  readonly redelivered: number;
  /** Connections that ended though no plan says so. */
  readonly cut: number;
}

/** One row for each kind, over all receivers. */
export function clientsOfAll(rows: readonly ClientCounts[]): ClientCounts[] {
  return [...Map.groupBy(rows, ({ kind }) => kind).values()].map((same) =>
    same.reduce((sum, row) => {
      const names = (Object.keys(row) as (keyof ClientCounts)[]).filter((name) => name !== 'kind');
      const sums = names.map((name) => [name, sum[name] + row[name]]);
      return { kind: sum.kind, ...Object.fromEntries(sums) } as ClientCounts;
    }),
  );
}
