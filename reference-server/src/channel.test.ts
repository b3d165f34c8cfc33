import { expect, test } from 'vitest';
import { channelParts } from '../testing/channel.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import { frame } from '../testing/text-frame.ts';
import type { Frame } from './batch.ts';
import { Channel, type StreamEnd, type View } from './channel.ts';
import { type EventLog, IdTaken, type LogEntry, type LogReader, LogUnavailable, type NewEntry } from './event-log.ts';
import type { LoggedEvent } from './history.ts';
import type { LeaveReason } from './subscriber.ts';

const reset = 'event: reset\ndata: {"status":"reset"}\n\n';

interface Letter extends LoggedEvent {
  readonly text: string;
}

const letterOf = ({ id, content }: LogEntry<string>): Letter => ({ id, text: content, sizeBytes: 1 });

function channelOf(
  letters = '',
  {
    log,
    soon,
    ...limits
  }: {
    replayEvents?: number;
    queueEvents?: number;
    log?: EventLog<string>;
    soon?: (callback: () => void) => void;
  } = {},
) {
  const parts = channelParts<string>('letters', limits);
  const channel = new Channel<string, Letter>({ ...parts, ...(log && { log }), eventOf: letterOf, soon });
  void channel.open(0);
  const publish = (text: string): void => {
    for (const letter of text) void channel.publish([{ content: letter, id: letter }]);
  };
  const open = (wishes: Partial<View<Letter> & StreamEnd> = {}) => {
    const sink = new RecordingSink();
    const view = { key: wishes.frameOf ?? 'all', frameOf: ({ text }: Letter) => frame(text), ...wishes };
    return { sink, subscriber: channel.subscribe(view, { sink, ...wishes }) };
  };
  publish(letters);
  return { channel, publish, open, traffic: parts.limits.traffic };
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
])('a stream with an id that is %s is told, and goes on live', async (_, lastEventId) => {
  const { publish, open } = channelOf('abc', { replayEvents: 2 });
  const { sink } = open({ lastEventId });
  publish('d');
  await expect.poll(() => sink.received).toBe(`${reset}d`);
});

test('the greeting comes first, the snapshot only where nothing is resumed', async () => {
  const { publish, open } = channelOf('ab');
  const greeting = frame('<');
  const snapshot = (): Frame[] => [frame('S')];
  const streams = [undefined, 'a', 'x'].map((lastEventId) => open({ greeting, snapshot, lastEventId }));
  await expect.poll(() => streams[2]?.sink.received).toContain('S');
  publish('c');
  expect(streams.map(({ sink }) => sink.received)).toEqual(['<Sc', '<bc', `<${reset}Sc`]);
});

test('a stream shows its own view of an event, or nothing', () => {
  const { publish, open } = channelOf();
  const { sink } = open({ frameOf: ({ text }) => (text === 'b' ? undefined : frame(text.toUpperCase())) });
  publish('abc');
  expect(sink.received).toBe('AC');
});

test('what is published while a stream still takes its opening follows it, however much it is', () => {
  const { publish, open, traffic } = channelOf('', { queueEvents: 1 });
  const sink = new RecordingSink();
  sink.takesMore = false;
  const { subscriber } = open({ sink, greeting: frame('<'.repeat(16 * 1024)) });
  publish('abcdefgh');
  sink.takesMore = true;
  subscriber.drained();
  publish('i');
  expect(sink.received.replace(/^<+/, '')).toBe('abcdefghi');
  expect(traffic.droppedEvents).toBe(0);
});

test('a stream whose replay the log overtakes is told, and begins again with the snapshot', async () => {
  const { publish, open } = channelOf('ab', { replayEvents: 2 });
  const sink = new RecordingSink();
  sink.takesMore = false;
  const snapshot = (): Frame[] => [frame('S')];
  const { subscriber } = open({ sink, lastEventId: 'a', snapshot, greeting: frame('<'.repeat(16 * 1024)) });
  publish('cde');
  sink.takesMore = true;
  subscriber.drained();
  await expect.poll(() => sink.received).toContain('S');
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

test('an id is taken while the log holds its event, and ids of the own form always are', async () => {
  const { channel, publish } = channelOf('a', { replayEvents: 2 });
  const add = (id?: string) => channel.publish([{ content: 'x', id }]);
  for (const id of ['a', 'letters-life-2', 'letters-life-77']) await expect(add(id)).rejects.toThrow(IdTaken);
  expect(await add()).toEqual(['letters-life-2']);
  publish('bc');
  expect(await add('a')).toEqual(['a']);
});

test('events that come in together leave together, and a stream that opens between them gets what came after', () => {
  const waiting: (() => void)[] = [];
  const { publish, open } = channelOf('', { soon: (callback) => waiting.push(callback) });
  const early = open();
  publish('ab');
  const [late, resumed] = [open(), open({ lastEventId: 'a' })];
  publish('c');
  for (const callback of waiting.splice(0)) callback();
  publish('d');
  for (const callback of waiting.splice(0)) callback();
  expect(early.sink.writes).toEqual(['abc', 'd']);
  expect([late.sink.received, resumed.sink.received]).toEqual(['cd', 'bcd']);
});

test('streams that show the same share one batch', () => {
  const { publish, open } = channelOf();
  let made = 0;
  const frameOf = ({ text }: Letter): Frame => {
    made += 1;
    return frame(text);
  };
  for (let count = 0; count < 5; count += 1) open({ frameOf });
  publish('ab');
  expect(made).toBe(2);
});

/** A log whose reads wait for the test, and that can be ahead of what its reader was given. */
class SlowLog implements EventLog<string> {
  readonly takesIds = true;
  readonly stored: LogEntry<string>[] = [];
  readonly waiting: (() => void)[] = [];
  broken = false;
  #reader: LogReader<string> | undefined;

  async open(reader: LogReader<string>): Promise<void> {
    this.#reader = reader;
  }

  async append(entries: readonly NewEntry<string>[]): Promise<string[]> {
    for (const { content } of entries) this.store(content);
    for (const { content } of entries) this.handOver(content);
    return entries.map(({ content }) => content);
  }

  store(letter: string): void {
    this.stored.push({ id: letter, content: letter });
  }

  handOver(letter: string): void {
    this.#reader?.onEntry({ id: letter, content: letter });
  }

  loseEvents(): void {
    this.#reader?.onGap();
  }

  async readAfter(id: string, limit: number): Promise<LogEntry<string>[] | undefined> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.broken) throw new LogUnavailable('cut off');
    const index = this.stored.findIndex((entry) => entry.id === id);
    return index < 0 ? undefined : this.stored.slice(index + 1, index + 1 + Math.min(limit, 2));
  }

  async answer(): Promise<void> {
    for (const resolve of this.waiting.splice(0)) resolve();
    await new Promise(setImmediate);
  }
}

test('a stream that resumes behind the history reads the log page by page, and then lives on without a seam', async () => {
  const log = new SlowLog();
  const { publish, open } = channelOf('abcdefg', { log, replayEvents: 2 });
  const { sink } = open({ lastEventId: 'a' });
  await log.answer();
  publish('h');
  expect(sink.received).toBe('bc');
  for (let count = 0; count < 4; count += 1) await log.answer();
  publish('i');
  expect([sink.received, log.waiting]).toEqual(['bcdefghi', []]);
});

test('a stream that is ahead of the history waits for it', async () => {
  const log = new SlowLog();
  const { open } = channelOf('ab', { log });
  for (const letter of 'cde') log.store(letter);
  const { sink } = open({ lastEventId: 'c' });
  await log.answer();
  expect(sink.received).toBe('de');
  for (const letter of 'cd') log.handOver(letter);
  await log.answer();
  log.handOver('e');
  log.store('f');
  log.handOver('f');
  await log.answer();
  expect(sink.received).toBe('def');
});

test('a stream that resumes while the log is out of reach stays open and tries again', async () => {
  const log = new SlowLog();
  const { channel, publish, open } = channelOf('abcdef', { log, replayEvents: 1 });
  log.broken = true;
  const { sink } = open({ lastEventId: 'd' });
  await log.answer();
  expect([sink.received, sink.ended]).toEqual(['', false]);
  log.broken = false;
  publish('g');
  await log.answer();
  await log.answer();
  expect([sink.received, channel.size]).toEqual(['efg', 1]);
});

test('where the log lost events every stream is ended, for its client to be told when it resumes', () => {
  const log = new SlowLog();
  const { channel, open } = channelOf('ab', { log });
  const { sink } = open();
  log.loseEvents();
  expect([sink.ended, channel.size]).toEqual([true, 0]);
});

test('a stream that resumes while an event waits to be handed out gets that event, alone on its view or not', () => {
  const waiting: (() => void)[] = [];
  const { publish, open } = channelOf('a', { soon: (callback) => waiting.push(callback) });
  for (const callback of waiting.splice(0)) callback();
  publish('b');
  const alone = open({ lastEventId: 'a' });
  for (const callback of waiting.splice(0)) callback();
  publish('c');
  alone.subscriber.leave('client left');
  const again = open({ lastEventId: 'b' });
  for (const callback of waiting.splice(0)) callback();
  expect([alone.sink.received, again.sink.received]).toEqual(['b', 'c']);
});

test('a stream that has read the log and is overtaken while events wait to be handed out repeats none of it', async () => {
  const log = new SlowLog();
  const waiting: (() => void)[] = [];
  const { publish, open } = channelOf('abcd', { log, replayEvents: 2, soon: (callback) => waiting.push(callback) });
  for (const callback of waiting.splice(0)) callback();
  publish('e');
  const { sink } = open({ lastEventId: 'a' });
  await log.answer();
  await log.answer();
  expect(sink.received).toBe('bcde');
  publish('fgh');
  for (const callback of waiting.splice(0)) callback();
  await log.answer();
  await log.answer();
  expect(sink.received).toBe('bcdefgh');
});
