import { stamped } from '../src/audit/stamp.ts';
import type { Finding } from '../src/results/bench-result.ts';
import { type Handing, honest, type PlainStream } from './plain-server.ts';
import { readStamp } from './read-stamp.ts';

/** A server that is right in all but one thing, and keeps count of it. */
export interface Liar {
  readonly finding: Finding['name'];
  /** @param lie told of each event that every stream is lied to about, by its number; for what is no event -1 */
  readonly handing: (lie: (seq: number) => void) => Handing;
}

/** Acts on every `n`th event alone. */
function everyNth(n: number, act: (data: string, streams: readonly PlainStream[], seq: number) => void): Handing {
  return {
    publish: (data, streams, seq) => {
      if (seq % n === n - 1) act(data, streams, seq);
      else honest.publish(data, streams, seq);
    },
  };
}

export const liars: readonly Liar[] = [
  { finding: 'drops', handing: (lie) => everyNth(100, (_, __, seq) => lie(seq)) },
  {
    finding: 'duplicates',
    handing: (lie) =>
      everyNth(73, (data, streams, seq) => {
        lie(seq);
        honest.publish(data, streams, seq);
        honest.publish(data, streams, seq);
      }),
  },
  {
    finding: 'reorders',
    handing: (lie) => {
      let held: string | undefined;
      return {
        publish: (data, streams, seq) => {
          if (seq % 7 === 6) {
            lie(seq);
            held = data;
            return;
          }
          honest.publish(data, streams, seq);
          if (held !== undefined) honest.publish(held, streams, seq);
          held = undefined;
        },
      };
    },
  },
  {
    finding: 'stalls',
    handing: (lie) => {
      let waiting: (() => void)[] | undefined;
      return {
        publish: (data, streams, seq) => {
          const send = (): void => honest.publish(data, streams, seq);
          if (seq === 30) {
            lie(-1);
            waiting = [];
            setTimeout(() => {
              for (const one of waiting ?? []) one();
              waiting = undefined;
            }, 1000);
          }
          if (waiting) waiting.push(send);
          else send();
        },
      };
    },
  },
  {
    finding: 'starves',
    handing: (lie) => {
      let last = -1;
      return {
        connected: ({ number }) => {
          last = number;
        },
        publish: (data, streams, seq) => {
          if (seq === 0) lie(-1);
          for (const stream of streams) if (stream.number !== last) stream.write(data);
        },
      };
    },
  },
  {
    finding: 'restamps',
    handing: (lie) => ({
      publish: (data, streams, seq) => {
        lie(seq);
        honest.publish(stampedLate(data), streams, seq);
      },
    }),
  },
];

/** The same event, as if it had been due 5 ms later. */
function stampedLate(data: string): string {
  const stamp = readStamp(data);
  return stamped({ ...stamp, intendedUs: stamp.intendedUs + 5000 }, data.length);
}
