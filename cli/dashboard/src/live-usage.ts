import type { MessageOf, UsageEvents, UsageRecord } from '@ssert/client';
import type { Clock } from '@ssert/protocol';
import { bars, type Range } from './ranges.ts';
import { UsageWindow } from './usage-window.ts';

/** Bars of a second that show what happens now. */
const secondsOfNow = 60;
/** Credits per second are a mean over these. */
const rateSeconds = 10;

/** What the page knows of the usage: fed by the stream, read by what draws. */
export class LiveUsage {
  /** The whole time range. */
  readonly range: UsageWindow;
  /** Its last minute, by the second. */
  readonly now: UsageWindow;
  /** When the stream last began anew because the server's log did not reach back far enough. */
  startedOverAtMs: number | undefined;
  readonly #clock: Clock;
  #frozenAtMs: number | undefined;

  constructor({ barMs }: Range, clock: Clock) {
    this.#clock = clock;
    const nowMs = clock.wallTime();
    this.range = new UsageWindow({ barMs, bars, nowMs });
    this.now = new UsageWindow({ barMs: 1000, bars: secondsOfNow, nowMs });
  }

  /** The time up to which it shows what came, in ms since 1970. */
  get nowMs(): number {
    return this.#frozenAtMs ?? this.#clock.wallTime();
  }

  get creditsPerSecond(): number {
    return this.now.creditsOfLast(rateSeconds) / rateSeconds;
  }

  /** Lets time stand still for what is shown, or go on. */
  freeze(frozen: boolean): void {
    if (frozen) this.#frozenAtMs ??= this.#clock.wallTime();
    else this.#frozenAtMs = undefined;
  }

  /** Lets go of what is too old now. */
  moveOn(): void {
    const { nowMs } = this;
    this.range.moveTo(nowMs);
    this.now.moveTo(nowMs);
  }

  /** Takes an event of the stream. */
  readonly take = (event: MessageOf<UsageEvents>): void => {
    // A stream that resumes is greeted, too, but brings only what was missed.
    if (event.type === 'connected' && event.lastEventId === '') this.#clear();
    if (event.type === 'reset') {
      this.#clear();
      this.startedOverAtMs = this.#clock.wallTime();
    }
    if (event.type === 'usage') this.#add(event.data);
  };

  #add(records: readonly UsageRecord[]): void {
    this.moveOn();
    for (const { createdAt, creditsUsed, model = '' } of records) {
      const createdMs = Date.parse(createdAt);
      this.range.add(createdMs, creditsUsed, model);
      this.now.add(createdMs, creditsUsed, model);
    }
  }

  #clear(): void {
    this.range.clear();
    this.now.clear();
  }
}
