/** Models that are told apart; the others of a window share the last place. */
export const namedModels = 7;
const places = namedModels + 1;
const others = namedModels;

/** What one model used within a window. */
export interface ModelTotal {
  /** Undefined for all those that have no place of their own. */
  readonly model: string | undefined;
  /** 0 to 7, the same for as long as the window holds anything of it: its colour. */
  readonly place: number;
  readonly credits: number;
  readonly records: number;
}

/** One bar of a chart. */
export interface Bar {
  readonly startMs: number;
  /** Of each place. */
  readonly credits: readonly number[];
}

/** The bars of a window, as a chart takes them. */
export interface Columns {
  readonly starts: Float64Array;
  /** One for each place. */
  readonly stacks: readonly Float64Array[];
}

export function columnsFor(bars: number): Columns {
  return { starts: new Float64Array(bars), stacks: Array.from({ length: places }, () => new Float64Array(bars)) };
}

/**
 * Usage over time as bars of equal width that end now: a ring, so that memory is the same whatever comes and for however
 * long. Times are ms since 1970.
 */
export class UsageWindow {
  readonly barMs: number;
  readonly bars: number;
  /** Moves with every change. */
  version = 0;
  readonly #credits: Float64Array;
  readonly #records: Uint32Array;
  readonly #models: (string | undefined)[] = new Array(namedModels).fill(undefined);
  readonly #creditsOf = new Float64Array(places);
  readonly #recordsOf = new Float64Array(places);
  /** The last bar's number, counted from 1970. */
  #last: number;

  constructor({ barMs, bars, nowMs }: { readonly barMs: number; readonly bars: number; readonly nowMs: number }) {
    this.barMs = barMs;
    this.bars = bars;
    this.#credits = new Float64Array(bars * places);
    this.#records = new Uint32Array(bars * places);
    this.#last = Math.floor(nowMs / barMs);
  }

  /** Bytes that the bars take. */
  get byteLength(): number {
    return this.#credits.byteLength + this.#records.byteLength;
  }

  get startMs(): number {
    return (this.#last - this.bars + 1) * this.barMs;
  }

  /** Forgets everything. */
  clear(): void {
    this.#credits.fill(0);
    this.#records.fill(0);
    this.#models.fill(undefined);
    this.#creditsOf.fill(0);
    this.#recordsOf.fill(0);
    this.version += 1;
  }

  /** Lets go of what is too old now. A clock that was set back is waited for. */
  moveTo(nowMs: number): void {
    const last = Math.floor(nowMs / this.barMs);
    if (last <= this.#last) return;
    if (last - this.#last >= this.bars) this.clear();
    else for (let bar = this.#last + 1; bar <= last; bar += 1) this.#empty(this.#rowOf(bar));
    this.#last = last;
    this.version += 1;
  }

  /** Counts a record, unless it is too old. What is dated ahead of this clock counts as now. */
  add(createdMs: number, credits: number, model: string): void {
    const bar = Math.min(Math.floor(createdMs / this.barMs), this.#last);
    // Not a time is never inside.
    if (!(bar > this.#last - this.bars)) return;
    const place = this.#placeOf(model);
    const at = this.#rowOf(bar) + place;
    this.#credits[at] = (this.#credits[at] ?? 0) + credits;
    this.#records[at] = (this.#records[at] ?? 0) + 1;
    this.#creditsOf[place] = (this.#creditsOf[place] ?? 0) + credits;
    this.#recordsOf[place] = (this.#recordsOf[place] ?? 0) + 1;
    this.version += 1;
  }

  /** Those of which there is anything, the most credits first. */
  totals(): ModelTotal[] {
    return Array.from(this.#recordsOf, (records, place) => ({
      model: this.#models[place],
      place,
      credits: this.#creditsOf[place] ?? 0,
      records,
    }))
      .filter(({ records }) => records > 0)
      .sort((a, b) => b.credits - a.credits);
  }

  /** The bar at that time; undefined outside the window. */
  barAt(timeMs: number): Bar | undefined {
    const bar = Math.floor(timeMs / this.barMs);
    if (bar > this.#last || bar <= this.#last - this.bars) return undefined;
    const row = this.#rowOf(bar);
    return { startMs: bar * this.barMs, credits: [...this.#credits.subarray(row, row + places)] };
  }

  /** Credits of the last bars, the one that has just begun left out. */
  creditsOfLast(bars: number): number {
    let sum = 0;
    for (let bar = this.#last - 1; bar >= this.#last - bars; bar -= 1) {
      const row = this.#rowOf(bar);
      for (let place = 0; place < places; place += 1) sum += this.#credits[row + place] ?? 0;
    }
    return sum;
  }

  /**
   * Writes the bars into columns, the oldest first: when each begins, in s, and credits per second stacked, each column
   * the sum of its place and those before it.
   */
  stackInto({ starts, stacks }: Columns): void {
    const first = this.#last - this.bars + 1;
    const perSecond = 1000 / this.barMs;
    for (let index = 0; index < this.bars; index += 1) {
      const row = this.#rowOf(first + index);
      starts[index] = ((first + index) * this.barMs) / 1000;
      let sum = 0;
      for (const [place, stack] of stacks.entries()) {
        sum += (this.#credits[row + place] ?? 0) * perSecond;
        stack[index] = sum;
      }
    }
  }

  #rowOf(bar: number): number {
    return (((bar % this.bars) + this.bars) % this.bars) * places;
  }

  #empty(row: number): void {
    for (let place = 0; place < places; place += 1) {
      const at = row + place;
      const records = (this.#recordsOf[place] ?? 0) - (this.#records[at] ?? 0);
      this.#recordsOf[place] = records;
      // Credits need not be whole numbers, and sums of others drift.
      this.#creditsOf[place] = records === 0 ? 0 : (this.#creditsOf[place] ?? 0) - (this.#credits[at] ?? 0);
      this.#credits[at] = 0;
      this.#records[at] = 0;
    }
  }

  /** A model keeps its place while the window holds anything of it; then another may have it. */
  #placeOf(model: string): number {
    const known = this.#models.indexOf(model);
    if (known >= 0) return known;
    const free = this.#models.findIndex((_, place) => this.#recordsOf[place] === 0);
    if (free < 0) return others;
    this.#models[free] = model;
    return free;
  }
}
