import { expect, test } from 'vitest';
import { RecordingSink } from '../testing/recording-sink.ts';
import { Channel, type Subscription } from './channel.ts';
import type { LoggedEvent } from './history.ts';
import type { Frame, LeaveReason } from './subscriber.ts';

const bytes = new TextEncoder();
const reset = 'event: reset\ndata: {"status":"reset"}\n\n';

interface Letter extends LoggedEvent {
  readonly text: string;
}

function channelOf(letters = '', { replayEvents = 100, queueEvents = 10 } = {}) {
  const traffic = { sentEvents: 0, droppedEvents: 0 };
  const parts = { idPrefix: 'life-', replayEvents, replayBytes: 1_000_000, queueEvents, traffic };
  const channel = new Channel<Letter>(parts);
  const publish = (text: string): void => {
    for (const letter of text) channel.publish({ id: letter, text: letter, sizeBytes: 1 });
  };
  const open = (wishes: Partial<Subscription<Letter>> = {}) => {
    const sink = new RecordingSink();
    const subscriber = channel.subscribe({ sink, frameOf: ({ text }) => bytes.encode(text), ...wishes });
    return { sink, subscriber };
  };
  publish(letters);
  return { channel, publish, open, traffic };
}

test('a new stream gets what is published from then on', () => {
  const { publish, open } = channelOf('ab');
  const { sink } = open();
  publish('cd');
  expect(sink.received).toBe('cd');
});

test('a resumed stream gets what it missed, then what is published', () => {
  const { publish, open } = channelOf('abc');
  const { sink } = open({ lastEventId: 'a' });
  publish('d');
  expect(sink.received).toBe('bcd');
});

test.each([
  ['unknown', 'x'],
  ['expired', 'a'],
])('a stream with an id that is %s is told, and goes on live', (_, lastEventId) => {
  const { publish, open } = channelOf('abc', { replayEvents: 2 });
  const { sink } = open({ lastEventId });
  publish('d');
  expect(sink.received).toBe(`${reset}d`);
});

test('the greeting comes first, the snapshot only where nothing is resumed', () => {
  const { publish, open } = channelOf('ab');
  const greeting = bytes.encode('<');
  const snapshot = (): Frame[] => [bytes.encode('S')];
  const streams = [undefined, 'a', 'x'].map((lastEventId) => open({ greeting, snapshot, lastEventId }));
  publish('c');
  expect(streams.map(({ sink }) => sink.received)).toEqual(['<Sc', '<bc', `<${reset}Sc`]);
});

test('a stream shows its own view of an event, or nothing', () => {
  const { publish, open } = channelOf();
  const { sink } = open({ frameOf: ({ text }) => (text === 'b' ? undefined : bytes.encode(text.toUpperCase())) });
  publish('abc');
  expect(sink.received).toBe('AC');
});

test('what is published while a stream still takes its opening follows it, however much it is', () => {
  const { publish, open, traffic } = channelOf('', { queueEvents: 1 });
  const sink = new RecordingSink();
  sink.takesMore = false;
  const { subscriber } = open({ sink, greeting: bytes.encode('<'.repeat(16 * 1024)) });
  publish('abcdefgh');
  sink.takesMore = true;
  subscriber.drained();
  publish('i');
  expect(sink.received.replace(/^<+/, '')).toBe('abcdefghi');
  expect(traffic.droppedEvents).toBe(0);
});

test('a stream whose replay the log overtakes is told, and begins again with the snapshot', () => {
  const { publish, open } = channelOf('ab', { replayEvents: 2 });
  const sink = new RecordingSink();
  sink.takesMore = false;
  const snapshot = (): Frame[] => [bytes.encode('S')];
  const { subscriber } = open({ sink, lastEventId: 'a', snapshot, greeting: bytes.encode('<'.repeat(16 * 1024)) });
  publish('cde');
  sink.takesMore = true;
  subscriber.drained();
  publish('f');
  expect(sink.received.replace(/^<+/, '')).toBe(`${reset}Sf`);
});

test('a stream that leaves is counted off once and gets nothing more', () => {
  const { channel, publish, open } = channelOf();
  const reasons: LeaveReason[] = [];
  const { sink, subscriber } = open({ onLeave: (reason) => reasons.push(reason) });
  const stays = open();
  expect(channel.size).toBe(2);
  subscriber.leave('client left');
  subscriber.leave('shutdown');
  publish('a');
  expect(channel.size).toBe(1);
  expect([sink.received, stays.sink.received, reasons]).toEqual(['', 'a', ['client left']]);
});

test('a channel that has ended ends its streams, later ones too', () => {
  const { channel, open } = channelOf('ab');
  const early = open();
  channel.end();
  const late = open({ lastEventId: 'a' });
  expect([early.sink.ended, late.sink.ended, late.sink.received, channel.size]).toEqual([true, true, 'b', 0]);
});

test('an id is taken while the log holds its event, and ids of the own form always are', () => {
  const { channel, publish } = channelOf('a', { replayEvents: 2 });
  expect([channel.nextId, channel.isTaken('a'), channel.isTaken('b')]).toEqual(['life-2', true, false]);
  expect([channel.isTaken('life-2'), channel.isTaken('life-77')]).toEqual([true, true]);
  publish('bc');
  expect([channel.nextId, channel.isTaken('a')]).toEqual(['life-4', false]);
});
