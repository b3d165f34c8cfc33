/** A client that is about to open its streams. */
export interface Client extends Disposable {
  readonly pids: readonly number[];
  readonly seen: { streams: number; events: number };
  open(): void;
}
