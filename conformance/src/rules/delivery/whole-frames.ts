import { crc32 } from 'node:zlib';
import { array, integer, record } from 'fast-check';
import type { Arrival, Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import type { PublishedEvent } from '../../target.ts';
import { Undecided } from '../../undecided.ts';
import { fail, pass } from '../../verdict.ts';
import { noise } from '../noise.ts';
import { patienceMs } from '../numbered-events.ts';
import { shorten } from '../round-trip.ts';
import { kib } from '../units.ts';

const mostWriters = 8;
const largestBytes = 256 * kib;

export const wholeFrames: Rule = {
  id: 'delivery/whole-frames',
  code: 'SD-10',
  level: 'MUST',
  title: 'Writers never interleave inside a frame',
  statement:
    'Events that are published at once, heartbeats and whatever else is sent stay whole: no frame is cut by another.',
  spec: [html('parsing-an-event-stream')],
  access: ['publish'],
  phase: 'crowd',
  budgetMs: () => 120_000,
  judge: async (context) => {
    void context.carriage;
    const trial = new Trial(context);
    const bursts = array(record({ bytes: integer({ min: 1, max: largestBytes }) }), {
      minLength: 1,
      maxLength: 4 * mostWriters,
    });
    const mixed = [1, 200, 4 * kib, 64 * kib, largestBytes, 17, 16 * kib + 1, 100 * kib].map((bytes) => ({ bytes }));
    const result = await search(
      context,
      bursts,
      (sizes) => trial.complaintAbout(sizes),
      [mixed, mixed],
      Math.ceil(context.effort.runs / 8),
    );
    if (result.found) return fail(result.complaint.message, foundDetail(result));
    const { published, whole, comments } = trial;
    if (whole * 2 < published) {
      throw new Undecided(`of ${published} events published at once ${whole} arrived, which shows too little`);
    }
    return pass(
      `${whole} of ${published} events from up to ${mostWriters} publishers at once arrived, each whole, among ${comments} comments`,
    );
  },
};

const prefix = 'ssert-whole-';

/** Publishes bursts, and looks whether every payload that arrives is one that was sent. */
class Trial {
  readonly #context: RuleContext;
  #stream: Exchange | undefined;
  /** Events of the stream that were looked at. */
  #looked = 0;
  /** Types that were published, by the number of the event. */
  readonly #types = new Map<number, string>();
  readonly #wholeNumbers = new Set<number>();
  #damage: Complaint | undefined;
  published = 0;
  comments = 0;

  constructor(context: RuleContext) {
    this.#context = context;
  }

  get whole(): number {
    return this.#wholeNumbers.size;
  }

  async complaintAbout(sizes: readonly { readonly bytes: number }[]): Promise<Complaint | undefined> {
    const stream = await this.#openStream();
    const commentsBefore = stream.comments;
    this.#damage = undefined;
    const accepted: number[] = [];
    const queue = sizes.map(({ bytes }) => this.#event(bytes));
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        if ((await this.#context.publish(next.event)).kind === 'accepted') accepted.push(next.number);
      }
    };
    await Promise.all(Array.from({ length: mostWriters }, work));
    this.published += accepted.length;
    const settled = (): true | undefined => {
      this.#look(stream);
      const all = accepted.every((number) => this.#wholeNumbers.has(number));
      return this.#damage || stream.end || all ? true : undefined;
    };
    // What is missing then may have been dropped, as more was under way than the window: only what came is judged.
    await stream.until(settled, patienceMs(this.#context) / 2);
    this.comments += stream.comments - commentsBefore;
    return this.#damage;
  }

  /** A damaged stream says nothing about the next burst. */
  async #openStream(): Promise<Exchange> {
    if (!this.#stream || this.#stream.end || this.#damage) {
      this.#stream?.close();
      this.#stream = await this.#context.subscribe({ keepBodyBytes: 4096 });
      this.#looked = 0;
    }
    return this.#stream;
  }

  /** An event whose data tells its own number, length and checksum, in lines so that a cut between two shows as well. */
  #event(bytes: number): { readonly number: number; readonly event: PublishedEvent } {
    const { carriage, seed } = this.#context;
    const number = this.#types.size + 1;
    const type = `ssert-writer-${number % 100}`;
    this.#types.set(number, type);
    const lines = Array.from({ length: Math.ceil(bytes / 1000) }, () => noise(this.#context, 40).repeat(25));
    const body = lines.join('\n').slice(0, bytes).trimEnd();
    const data = `${prefix}${seed}-${number}-${body.length}-${checksum(body)}\n${body}`;
    return { number, event: carriage.event ? { data, event: type } : { data } };
  }

  /** Looks at what came since the last look; the first thing of ours that is not as it was sent is the damage. */
  #look(stream: Exchange): void {
    const { seed, carriage } = this.#context;
    const fresh = stream.dispatched - this.#looked;
    this.#looked = stream.dispatched;
    for (const arrival of fresh > 0 ? stream.arrivals.slice(-fresh) : []) {
      if (!arrival.data.includes(`${prefix}${seed}-`)) continue;
      const number = numberOfWhole(arrival);
      const type = number === undefined ? undefined : this.#types.get(number);
      if (number === undefined) {
        const data = JSON.stringify(shorten(arrival.data, 120));
        const observed = { characters: arrival.data.length };
        this.#damage ??= {
          message: `an event arrived that nobody sent, with a part of one that was: ${data}`,
          evidence: stream.evidence({ observed }),
        };
      } else if (carriage.event && arrival.type !== type) {
        const message = `event ${number} was sent with type ${type} and arrived with ${JSON.stringify(arrival.type)}`;
        this.#damage ??= { message, evidence: stream.evidence() };
      } else this.#wholeNumbers.add(number);
    }
    if (stream.end?.kind === 'malformed') {
      this.#damage ??= { message: `the framing of HTTP broke: ${stream.end.message}`, evidence: stream.evidence() };
    }
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/** The number of an event of ours whose payload is whole. */
function numberOfWhole(arrival: Arrival): number | undefined {
  for (const reading of jsonReadings(arrival.data)) {
    const [, number, length, sum, body] = /^ssert-whole-\d+-(\d+)-(\d+)-([0-9a-f]{8})\n(.*)$/s.exec(reading) ?? [];
    if (body !== undefined && body.length === Number(length) && checksum(body) === sum) return Number(number);
  }
  return undefined;
}
