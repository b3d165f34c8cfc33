import fc from 'fast-check';
import { expect, test } from 'vitest';
import { channelParts } from '../testing/channel.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import { frame } from '../testing/text-frame.ts';
import { Channel } from './channel.ts';
import type { LoggedEvent } from './history.ts';
import type { Subscriber } from './subscriber.ts';

/** What happens to the one stream that is watched, between publishes. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('settle' as const) }),
  fc.record({ kind: fc.constant('block' as const) }),
  fc.record({ kind: fc.constant('drain' as const) }),
  fc.record({ kind: fc.constant('reconnect' as const), forget: fc.nat(5) }),
);

test('a stream that reconnects with any id it saw gets exactly what follows, over any number of lives', () => {
  fc.assert(
    fc.property(
      fc.nat(30),
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 9000 }),
      (backlog, steps, size) => {
        const waiting: (() => void)[] = [];
        // Queue and log hold everything here, so nothing may be lost: what bounds do is shown by example.
        const channel = new Channel<undefined, LoggedEvent>({
          ...channelParts('numbers', { replayEvents: 1000, queueEvents: 1000 }),
          eventOf: ({ id }) => ({ id, sizeBytes: 1 }),
          soon: (callback) => waiting.push(callback),
        });
        void channel.open(0);
        const settle = (): void => {
          for (const callback of waiting.splice(0)) callback();
        };
        let published = 0;
        const publish = (): void => {
          published += 1;
          void channel.publish([{ content: undefined, id: `${published}` }]);
        };
        for (let count = 0; count < backlog; count += 1) publish();

        /** Numbers of the events of all lives of the stream, and what the present one was opened with. */
        let seen: number[] = [];
        let opened = backlog;
        let sink = new RecordingSink();
        let subscriber: Subscriber | undefined;
        const connect = (lastEventId?: string): void => {
          sink = new RecordingSink();
          const frameOf = ({ id }: LoggedEvent) => frame(`${id};`.padEnd(size, ' '));
          subscriber = channel.subscribe({ key: 'all', frameOf }, { sink, lastEventId });
        };
        const received = (): number[] => [...sink.received.matchAll(/(\d+);/g)].map((match) => Number(match[1]));

        connect();
        for (const action of steps) {
          if (action.kind === 'publish') for (let count = 0; count < action.count; count += 1) publish();
          if (action.kind === 'settle') settle();
          if (action.kind === 'block') sink.takesMore = false;
          if (action.kind === 'drain') {
            sink.takesMore = true;
            subscriber?.drained();
          }
          if (action.kind === 'reconnect') {
            seen = [...seen, ...received()];
            // Bytes that were on the way may be lost, so the client may know less than was written.
            seen = seen.slice(0, Math.max(0, seen.length - action.forget));
            subscriber?.leave('client left');
            const last = seen.at(-1);
            if (last === undefined) opened = published;
            connect(last?.toString());
          }
        }
        settle();
        sink.takesMore = true;
        subscriber?.drained();
        seen = [...seen, ...received()];
        expect(seen).toEqual(Array.from({ length: published - opened }, (_, index) => opened + index + 1));
        expect(channel.size).toBe(1);
      },
    ),
  );
});
