import type { Clock } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { requireAtLeast } from './settings.ts';

export interface LatestSettings {
  /** Items kept, 1 or more; older ones go. Default 100. */
  readonly latest?: number;
  /** The shortest time between two notifications, in ms. Default 0: one for each item. */
  readonly throttleMs?: number;
  readonly clock?: Clock;
}

/**
 * The last items of a stream, for what draws them: a snapshot that changes only when listeners are told, and listeners
 * that are told at most once per `throttleMs`, however fast items come.
 */
export class KeepLatest<T> {
  readonly #latest: number;
  readonly #throttleMs: number;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #items: T[] = [];
  #snapshot: readonly T[] = [];
  #cancel: (() => void) | undefined;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  /** @throws SettingError for settings out of their range */
  constructor({ latest = 100, throttleMs = 0, clock = systemClock }: LatestSettings = {}) {
    requireAtLeast('latest', latest, 1);
    requireAtLeast('throttleMs', throttleMs, 0);
    this.#latest = latest;
    this.#throttleMs = throttleMs;
    this.#clock = clock;
  }

  /** Keeps the items, the oldest first. */
  add(items: readonly T[]): void {
    this.#items = [...this.#items, ...items.slice(-this.#latest)].slice(-this.#latest);
    if (this.#cancel) return;
    const waitMs = this.#toldAtMs + this.#throttleMs - this.#clock.now();
    if (waitMs <= 0) this.#tell();
    else this.#cancel = this.#clock.after(waitMs, () => this.#tell());
  }

  /** The items as they were when listeners were last told; the same array until then. */
  readonly snapshot = (): readonly T[] => this.#snapshot;

  /** Calls `listener` at each change of the snapshot. @returns ends that */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Forgets every item, and tells so at once. */
  clear(): void {
    this.stop();
    this.#items = [];
    if (this.#snapshot.length > 0) this.#tell();
  }

  /** Cancels a notification that is due. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #tell(): void {
    this.#cancel = undefined;
    this.#toldAtMs = this.#clock.now();
    this.#snapshot = [...this.#items];
    for (const listener of [...this.#listeners]) listener();
  }
}
