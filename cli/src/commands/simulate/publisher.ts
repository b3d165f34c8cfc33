import { type PlaybackOptions, playback, type TimedRecord } from '@ssert/simulator';

export interface PublishOptions extends PlaybackOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `usage`: an array of records. `event`: `{"event":"usage","data":"[…]"}`, as a channel of any events takes it. */
  readonly as: 'usage' | 'event';
  /** How many posts may be on their way at once. */
  readonly connections: number;
  /** How long an answer may take, in ms. */
  readonly timeoutMs: number;
}

/** What became of the records. */
export interface Published {
  accepted: number;
  /** Of posts that were answered, but not with a 2xx. */
  refused: number;
  /** Of posts without an answer. */
  lost: number;
  /** What one of the others said. */
  problem?: string;
  readonly lateness: Lateness;
}

/** How late posts began, in whole ms; takes the same memory for any number of them. */
export class Lateness {
  readonly #counts = new Uint32Array(60_001);
  #all = 0;
  mostMs = 0;

  add(ms: number): void {
    const at = Math.min(this.#counts.length - 1, Math.max(0, Math.round(ms)));
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#all += 1;
    this.mostMs = Math.max(this.mostMs, Math.round(ms));
  }

  /** At most 60,000: what is later counts as that. */
  quantileMs(share: number): number {
    let left = share * this.#all;
    return Math.max(
      0,
      this.#counts.findIndex((count) => {
        left -= count;
        return left <= 0 && count > 0;
      }),
    );
  }
}

/**
 * Posts records at their times, whatever becomes of earlier posts: only where every connection is taken does one wait,
 * and that is told as lateness.
 */
export async function publish(records: Iterable<TimedRecord>, options: PublishOptions): Promise<Published> {
  const { clock, connections } = options;
  const done: Published = { accepted: 0, refused: 0, lost: 0, lateness: new Lateness() };
  const underWay = new Set<Promise<void>>();
  for await (const { records: due, latenessMs } of playback(records, options)) {
    const waitsFromMs = clock.now();
    while (underWay.size >= connections) await Promise.race(underWay);
    done.lateness.add(latenessMs + clock.now() - waitsFromMs);
    const one: Promise<void> = post(due, options, done).finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
  return done;
}

async function post(due: readonly TimedRecord[], options: PublishOptions, done: Published): Promise<void> {
  const usage = due.map(({ record }) => record);
  const body = options.as === 'usage' ? usage : { event: 'usage', data: JSON.stringify(usage) };
  try {
    const answer = await fetch(options.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...options.headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const text = await answer.text();
    if (answer.ok) done.accepted += due.length;
    else {
      done.refused += due.length;
      done.problem ??= `${answer.status} ${text.slice(0, 200)}`.trim();
    }
  } catch (error) {
    done.lost += due.length;
    const { message, cause } = error as Error;
    done.problem ??= cause instanceof Error ? cause.message : message;
  }
}

/** How long it took and how late it was, in a line. */
export function wordsOfPublished({ accepted, refused, lost, lateness }: Published, tookMs: number): string {
  const late = [0.5, 0.99].map((share) => `${share * 100} % within ${lateness.quantileMs(share)} ms`);
  return [
    `${accepted} records accepted, ${refused} refused, ${lost} without an answer, in ${(tookMs / 1000).toFixed(1)} s`,
    `lateness of posts: ${late.join(', ')}, at most ${lateness.mostMs} ms`,
  ].join('\n');
}

/** Nothing accepted is a target out of reach (3), something not accepted a failure (1). */
export function exitCodeOf({ accepted, refused, lost }: Published): number {
  if (refused + lost === 0) return 0;
  return accepted === 0 ? 3 : 1;
}
