import type { Arrival, Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { Place, RuleContext } from '../../context.ts';
import { Undecided } from '../../undecided.ts';
import { kib } from '../units.ts';

/** Where the server refuses an event, a quarter of it is tried. */
const acceptedSizes = [64 * kib, 16 * kib, 4 * kib, kib];

/** More than sockets hold by themselves: on Linux a sender has 4 MiB at most, and a receiver that never read little. */
export const pastSockets: number = 5 * 1024 * kib;
/** More than that and what a server usually keeps for a reader. */
export const pastEveryBuffer: number = 6 * 1024 * kib + 512 * kib;
/** In ms: a server that takes longer for a publish waits for somebody. */
const publishPatienceMs = 2000;
const atOnce = 4;

/** Sizes around those of socket buffers and queues. */
const mostBytes = 64 * kib;
const sizes = [64 * kib, 16 * kib, 65_500, 4 * kib, 64 * kib, 1000, 32 * kib + 1, 64 * kib];

/** Many large events, each known again to the last character, so that a torn one shows. */
export class Flood {
  readonly #context: RuleContext;
  readonly #place: Place | undefined;
  readonly #prefix: string;
  /** Twice the same, so that a piece can begin anywhere in it. */
  readonly #noise: string;
  readonly #published = new Set<number>();
  #next = 1;
  #mostBytes = mostBytes;
  /** A publish got no answer for long: the server makes the publisher wait for the reader. */
  blocked = false;
  bytes = 0;

  constructor(context: RuleContext, tag: string, place: Place | undefined) {
    this.#context = context;
    this.#place = place;
    this.#prefix = `ssert-${tag}-${context.seed}-`;
    const noise = Array.from({ length: mostBytes }, () => Math.floor(context.random.next() * 36).toString(36)).join('');
    this.#noise = noise + noise;
  }

  /** Numbers of the events that were accepted. */
  get published(): ReadonlySet<number> {
    return this.#published;
  }

  /**
   * Publishes until `volumeBytes` are accepted, or until the server lets the publisher wait.
   * @throws Undecided where it takes no events of any size
   */
  async pour(volumeBytes: number): Promise<void> {
    const end = this.bytes + volumeBytes;
    const work = async (): Promise<void> => {
      while (this.bytes < end && !this.blocked && !this.#context.signal.aborted) await this.#pourOne();
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  /** Publishes one small event and gives its number; undefined where it was not accepted. */
  async mark(): Promise<number | undefined> {
    const number = this.#next;
    this.#next += 1;
    return (await this.#publish(number, `${this.#prefix}${number}-`)) === 'accepted' ? number : undefined;
  }

  /** What arrived of the flood on a stream, and whether it is what was published. */
  on(exchange: Exchange): { readonly number: number; readonly whole: boolean; readonly arrival: Arrival }[] {
    return exchange.blocks.flatMap((arrival) => {
      const number = this.#numberIn(arrival);
      return number === undefined ? [] : [{ number, whole: this.#isWhole(arrival, number), arrival }];
    });
  }

  /** A block that is a piece of an event, or of several. */
  torn(exchange: Exchange): Arrival | undefined {
    return exchange.blocks.find((block) => {
      if (!block.data.includes(this.#prefix)) return this.holds(block.data);
      const number = this.#numberIn(block);
      return number === undefined || !this.#isWhole(block, number);
    });
  }

  /** Whether a text is a piece of what was published: too long to be that by chance. */
  holds(text: string): boolean {
    return text.length >= 16 && this.#noise.includes(text);
  }

  /** Whether a mark has arrived on a stream. */
  hasMark(exchange: Exchange, number: number): boolean {
    const isMark = (block: Arrival): boolean => block.data.length < 200 && this.#numberIn(block) === number;
    return exchange.blocks.findLast(isMark) !== undefined;
  }

  #dataOf(number: number): string {
    return `${this.#prefix}${number}-${noiseAt(this.#noise, number, this.#mostBytes)}`;
  }

  async #pourOne(): Promise<void> {
    const number = this.#next;
    this.#next += 1;
    const triedBytes = this.#mostBytes;
    const data = this.#dataOf(number);
    const outcome = await this.#publish(number, data);
    if (outcome === 'accepted') this.bytes += data.length;
    else if (outcome === 'waits') this.blocked = true;
    // Several are under way: what is refused of a size that is given up already tells nothing new.
    else if (triedBytes > kib) this.#mostBytes = Math.min(this.#mostBytes, triedBytes / 4);
    else throw new Undecided('even an event of 1 KiB was not accepted');
  }

  async #publish(number: number, data: string): Promise<'accepted' | 'refused' | 'waits'> {
    const context = this.#context;
    const publishing = this.#place ? this.#place.publish({ data }) : context.publish({ data });
    // A publish that is answered later counts then.
    const outcome = publishing.then(({ kind }) => {
      if (kind === 'accepted') this.#published.add(number);
      return kind === 'no-answer' ? ('waits' as const) : kind;
    });
    return Promise.race([outcome, context.sleep(publishPatienceMs).then(() => 'waits' as const)]);
  }

  #numberIn({ data }: Arrival): number | undefined {
    const reading = jsonReadings(data).find((one) => one.startsWith(this.#prefix));
    const number = reading && /^\d+(?=-)/.exec(reading.slice(this.#prefix.length));
    return number ? Number(number[0]) : undefined;
  }

  /** It may have been cut to a size that the server takes, and a mark has no noise. */
  #isWhole({ data }: Arrival, number: number): boolean {
    return jsonReadings(data).some((reading) => {
      const rest = reading.slice(this.#prefix.length + String(number).length + 1);
      return rest === '' || acceptedSizes.some((most) => rest === noiseAt(this.#noise, number, most));
    });
  }
}

function noiseAt(noise: string, number: number, atMost: number): string {
  const begin = (number * 997) % mostBytes;
  return noise.slice(begin, begin + Math.min(sizes[number % sizes.length] ?? 0, atMost));
}
