import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { type Answer, LiveBody, ScriptedFetch } from '../testing/scripted-fetch.ts';
import { fitting, json, type StandardSchema } from './decoding.ts';
import { EventStream } from './event-stream.ts';
import { type EventMap, StreamEvent, type StreamState } from './events.ts';
import { type Problem, StreamFailed } from './problem.ts';
import { type EventStreamSettings, guideReconnect } from './settings.ts';

const opened: EventStream<EventMap>[] = [];
afterEach(() => {
  for (const stream of opened.splice(0)) stream.close();
});

/** A stream on a script and a clock that stands still, with all that it tells. */
function open<M extends EventMap = Record<string, string>>(answers: Answer[], settings: EventStreamSettings<M> = {}) {
  const script = new ScriptedFetch(...answers);
  const clock = new ManualClock();
  const random = { next: () => 0.5 };
  const stream = new EventStream<M>('http://server.test/stream', { fetch: script.fetch, clock, random, ...settings });
  opened.push(stream as unknown as EventStream<EventMap>);
  const events: { type: string; data: unknown; lastEventId: string }[] = [];
  const states: StreamState['name'][] = [];
  const problems: Problem[] = [];
  const listen = stream as unknown as EventTarget;
  for (const type of ['message', 'usage', 'connected', 'heartbeat']) {
    listen.addEventListener(type, (event) => {
      const { data, lastEventId } = event as Event & { data: unknown; lastEventId: string };
      events.push({ type, data, lastEventId });
    });
  }
  listen.addEventListener('state', () => states.push(stream.state.name));
  listen.addEventListener('error', (event) => problems.push((event as Event & { problem: Problem }).problem));
  return { stream, script, clock, events, states, problems };
}

/** Waits until it holds; nothing here depends on the time of day. */
const until = (condition: () => boolean): Promise<void> => expect.poll(condition, { interval: 1 }).toBe(true);
const waiting = ({ stream }: { stream: { state: StreamState } }): Promise<void> =>
  until(() => stream.state.name === 'waiting');

describe('a stream', () => {
  test('is open when the response is accepted, before any byte of it', async () => {
    const body = new LiveBody();
    const { stream, states, events } = open([body]);
    await until(() => stream.state.name === 'open');
    expect([states, events]).toEqual([['connecting', 'open'], []]);
    body.write('event: usage\nid: 7\ndata: a\n\n');
    await until(() => events.length === 1);
    expect(events).toEqual([{ type: 'usage', data: 'a', lastEventId: '7' }]);
  });

  test('asks with the headers of the standard and those of its caller', async () => {
    const { script } = open([], { headers: { Authorization: 'Bearer x' } });
    await until(() => script.requests.length === 1);
    const [request] = script.requests;
    expect(Object.fromEntries(request?.headers ?? [])).toEqual({
      accept: 'text/event-stream',
      authorization: 'Bearer x',
    });
    expect(request?.init).toMatchObject({ method: 'GET', cache: 'no-store' });
  });

  test('sends a body by POST, again with each reconnection, and asks for headers anew', async () => {
    let asked = 0;
    const headers = async () => {
      asked += 1;
      return { 'X-Try': String(asked) };
    };
    const { script, clock, ...rest } = open([{}], { body: '{"prompt":"hi"}', headers });
    await waiting(rest);
    clock.advance(1000);
    await until(() => script.requests.length === 2);
    expect(script.requests.map(({ init, headers: sent }) => [init.method, init.body, sent.get('x-try')])).toEqual([
      ['POST', '{"prompt":"hi"}', '1'],
      ['POST', '{"prompt":"hi"}', '2'],
    ]);
  });

  test('refuses a URL and headers that cannot be sent, at once', () => {
    expect(() => new EventStream('no url')).toThrow(TypeError);
    expect(() => new EventStream('http://me:secret@x.test/')).toThrow(TypeError);
    expect(() => new EventStream('http://x.test/', { headers: { a: 'b\r\nc: d' } })).toThrow(TypeError);
    expect(() => new EventStream('http://x.test/', { reconnect: { factor: 0 } })).toThrow(
      /^reconnect\.factor is 0; give/,
    );
    expect(() => new EventStream('http://x.test/', { watchdogMs: 0 })).toThrow(/^watchdogMs is 0; give/);
    expect(() => new EventStream('http://x.test/', { maxDataLength: 0 })).toThrow(/^maxDataLength is 0; give/);
  });

  test('closes for good, also from a listener, and tells nothing after', async () => {
    const body = new LiveBody();
    const { stream, events, script } = open([body]);
    (stream as EventTarget).addEventListener('message', () => stream.close());
    await until(() => stream.state.name === 'open');
    body.write('data: a\n\ndata: b\n\n');
    await until(() => stream.state.name === 'closed');
    expect([events.map(({ data }) => data), stream.state, script.requests.length]).toEqual([
      ['a'],
      { name: 'closed' },
      1,
    ]);
  });

  test('closes when its signal aborts, and never starts where it has aborted before', async () => {
    const abort = new AbortController();
    const { stream } = open([new LiveBody()], { signal: abort.signal });
    await until(() => stream.state.name === 'open');
    abort.abort();
    expect(stream.state).toEqual({ name: 'closed' });
    const { script } = open([], { signal: AbortSignal.abort() });
    await Promise.resolve();
    expect(script.requests).toEqual([]);
  });
});

test.each(['state', 'open'] as const)('a stream that a listener of %s closes tells nothing more', async (type) => {
  const { stream, events, script } = open([{ body: ['data: a\n\n'] }]);
  const told: string[] = [];
  stream.addEventListener(type, () => {
    if (stream.state.name === 'open') stream.close();
  });
  stream.addEventListener('open', () => told.push('open'));
  stream.addEventListener('error', () => told.push('error'));
  await until(() => stream.state.name === 'closed');
  await new Promise((resolve) => setImmediate(resolve));
  expect([told, events, script.requests.length]).toEqual([type === 'open' ? ['open'] : [], [], 1]);
});

test('onEvent hears every event, of whatever type, and what it throws costs none', async () => {
  const body = new LiveBody();
  const heard: string[] = [];
  const thrown: unknown[] = [];
  vi.stubGlobal('queueMicrotask', (task: () => void) => {
    try {
      task();
    } catch (error) {
      thrown.push(error);
    }
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  const { stream, problems } = open([body], {
    onEvent: ({ type, data }) => {
      heard.push(`${type} ${data}`);
      throw new Error(data);
    },
  });
  await until(() => stream.state.name === 'open');
  body.write('event: __proto__\ndata: 1\n\nevent: constructor\ndata: 2\n\nevent: error\ndata: 3\n\ndata: 4\n\n');
  await until(() => heard.length === 4);
  expect(heard).toEqual(['__proto__ 1', 'constructor 2', 'error 3', 'message 4']);
  expect(thrown).toEqual(['1', '2', '3', '4'].map((data) => new Error(data)));
  expect([stream.state.name, problems.filter(Boolean)]).toEqual(['open', []]);
});

test('a server may call an event error: it has data, no problem, and changes nothing', async () => {
  const body = new LiveBody();
  const { stream } = open([body]);
  const errors: Event[] = [];
  stream.addEventListener('error', (event) => errors.push(event));
  await until(() => stream.state.name === 'open');
  body.write('event: error\ndata: overloaded\n\n');
  await until(() => errors.length === 1);
  expect(errors[0]).toBeInstanceOf(StreamEvent);
  expect(errors[0]).toMatchObject({ type: 'error', data: 'overloaded', origin: 'http://server.test' });
  expect(stream.state.name).toBe('open');
});

describe('a stream reconnects', () => {
  test('after an end, with the last event ID, also of a block without data, and after the time that the server names', async () => {
    const { script, clock, events, ...rest } = open([{ body: ['retry: 40\nid: é\n\ndata: a\n\nid: 9\ndata: b\n'] }]);
    await waiting(rest);
    expect(rest.problems).toMatchObject([{ kind: 'end' }]);
    clock.advance(39);
    expect(script.requests.length).toBe(1);
    clock.advance(1);
    await until(() => script.requests.length === 2);
    expect(script.requests[1]?.headers.get('last-event-id')).toBe(Buffer.from('é').toString('latin1'));
    expect(events).toEqual([{ type: 'message', data: 'a', lastEventId: 'é' }]);
  });

  test('without a Last-Event-ID once the server has taken it back', async () => {
    const { script, clock, ...rest } = open([{ body: ['id: 1\n\n', 'id\n\n'] }], { lastEventId: '0' });
    await waiting(rest);
    clock.advance(1000);
    await until(() => script.requests.length === 2);
    expect(script.requests.map(({ headers }) => headers.get('last-event-id'))).toEqual(['0', null]);
  });

  test('with waits that double up to the maximum, and that start over once a connection opens', async () => {
    const down = new TypeError('fetch failed');
    const { clock, script, stream } = open([down, down, down, down, {}, {}], { reconnect: { max: 4000 } });
    const waits: (number | undefined)[] = [];
    for (let tries = 1; tries <= 6; tries += 1) {
      await until(() => script.requests.length === tries && stream.state.name === 'waiting');
      const { state } = stream;
      if (state.name !== 'waiting') throw new Error(state.name);
      waits.push(state.retryInMs);
      clock.advance(state.retryInMs ?? 0);
    }
    expect(waits).toEqual([1000, 2000, 4000, 4000, 1000, 1000]);
  });

  test('with jitter that only adds to the wait', async () => {
    const { stream } = open([{}], { reconnect: { jitter: 0.4 } });
    await waiting({ stream });
    expect(stream.state).toMatchObject({ retryInMs: 1200 });
  });

  test('five times by the preset, then gives up and says so', async () => {
    const down = new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
    const { stream, clock, script, problems } = open(Array<Error>(9).fill(down), { reconnect: guideReconnect });
    for (let tries = 1; tries <= 6; tries += 1) {
      await until(() => script.requests.length === tries && stream.state.name !== 'connecting');
      clock.advance(30_000);
    }
    expect(script.requests.length).toBe(6);
    expect(stream.state).toMatchObject({ name: 'closed', problem: { kind: 'gave-up' } });
    expect(problems.at(-1)?.message).toContain(
      'gave up after 5 retries; the last: the connection failed: fetch failed: ECONNREFUSED',
    );
  });

  test('where silence lasts longer than the watchdog allows, and any byte counts as life', async () => {
    const body = new LiveBody();
    const { stream, clock, problems } = open([body], { watchdogMs: 500 });
    await until(() => stream.state.name === 'open');
    for (const byte of ':\nd') {
      clock.advance(400);
      body.write(byte);
      await until(() => body.pulls > 0 && clock.pending === 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    clock.advance(500);
    await waiting({ stream });
    expect(problems).toMatchObject([{ kind: 'silent' }]);
  });

  test('where no answer comes for longer than the watchdog allows', async () => {
    const never = (_: string, { signal }: RequestInit): Promise<Response> =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const { stream, clock, problems } = open([], { watchdogMs: 500, fetch: never });
    await until(() => clock.pending === 1);
    clock.advance(500);
    await waiting({ stream });
    expect(problems).toMatchObject([{ kind: 'silent' }]);
  });

  test('without an ID that no header can hold', async () => {
    const { script, clock, ...rest } = open([{ body: ['id: a\u0001b\ndata: a\n\n'] }]);
    await waiting(rest);
    clock.advance(1000);
    await until(() => script.requests.length === 2);
    expect(script.requests[1]?.headers.has('last-event-id')).toBe(false);
  });

  test('on request without an error, and rests when told to', async () => {
    const { stream, clock, script, problems } = open([new LiveBody(), new LiveBody(), new LiveBody()]);
    await until(() => stream.state.name === 'open');
    stream.restart();
    await waiting({ stream });
    expect([problems, stream.state]).toMatchObject([[], { problem: { kind: 'dropped' } }]);
    clock.advance(1000);
    await until(() => script.requests.length === 2 && stream.state.name === 'open');
    stream.suspend();
    await until(() => stream.resting && stream.state.name === 'waiting');
    clock.advance(100_000);
    expect([script.requests.length, stream.state]).toEqual([2, { name: 'waiting', failures: 0 }]);
    stream.resume();
    await until(() => script.requests.length === 3);
  });

  test('never early, however long the time that the server names', async () => {
    const { stream, clock, script } = open([{ body: ['retry: 99999999999\n\n'] }]);
    await waiting({ stream });
    clock.advance(2 ** 31);
    await new Promise((resolve) => setImmediate(resolve));
    stream.retryNow();
    await new Promise((resolve) => setImmediate(resolve));
    expect(script.requests.length).toBe(1);
  });

  test('at once where the network is back and the server asked for no time', async () => {
    const down = new TypeError('fetch failed');
    const { stream, script } = open([down, down]);
    await until(() => script.requests.length === 1 && stream.state.name === 'waiting');
    stream.retryNow();
    await until(() => script.requests.length === 2);
  });
});

describe('a stream ends for good', () => {
  test('on 204, without a problem', async () => {
    const { stream, problems } = open([{ status: 204 }]);
    await until(() => stream.state.name === 'closed');
    expect([stream.state, problems]).toEqual([{ name: 'closed' }, []]);
  });

  test.each([
    [{ status: 503 }, 'status', /status 503/],
    [{ status: 206 }, 'status', /status 206/],
    [{ headers: { 'content-type': 'text/html' } }, 'content-type', /text\/html/],
    [{ headers: { 'content-type': 'text/event-streams' } }, 'content-type', /not text\/event-stream/],
  ])('on %j', async (answer, kind, message) => {
    const { stream, problems, events } = open([{ body: ['data: a\n\n'], ...answer }]);
    await until(() => stream.state.name === 'closed');
    expect(problems).toEqual([expect.objectContaining({ kind, message: expect.stringMatching(message) })]);
    expect(events).toEqual([]);
  });

  test('but not on a status that it was told to try again, and then heeds Retry-After', async () => {
    const { stream, problems, clock, script } = open([{ status: 503, headers: { 'retry-after': '7' } }], {
      retryStatus: [503],
    });
    await waiting({ stream });
    expect([problems, stream.state]).toMatchObject([[{ kind: 'status', status: 503 }], { retryInMs: 7000 }]);
    stream.retryNow();
    clock.advance(6999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(script.requests.length).toBe(1);
    clock.advance(1);
    await until(() => script.requests.length === 2);
  });

  test('at an event that is longer than the limit', async () => {
    const body = new LiveBody();
    const { stream, problems } = open([body], { maxDataLength: 3 });
    await until(() => stream.state.name === 'open');
    body.write('data: abcd\n\n');
    await until(() => stream.state.name === 'closed');
    expect(problems).toMatchObject([{ kind: 'limit' }]);
  });
});

describe('data', () => {
  test('is decoded by its type', async () => {
    const { events } = open<{ usage: { id: number }[] }>([{ body: ['event: usage\ndata: [{"id":1}]\n\n'] }], {
      decode: { usage: json },
    });
    await until(() => events.length === 1);
    expect(events[0]?.data).toEqual([{ id: 1 }]);
  });

  test('that cannot be decoded is an error with the raw text, and the stream goes on', async () => {
    const schema: StandardSchema<number> = {
      '~standard': {
        validate: (value) => (typeof value === 'number' ? { value } : { issues: [{ message: 'expected a number' }] }),
      },
    };
    const body = new LiveBody();
    const { stream, events, problems } = open<{ usage: number }>([body], { decode: { usage: fitting(schema) } });
    await until(() => stream.state.name === 'open');
    body.write('event: usage\ndata: {\n\nevent: usage\ndata: "a"\nid: 3\n\nevent: usage\ndata: 5\n\n');
    await until(() => events.length === 1);
    expect(events[0]?.data).toBe(5);
    expect(problems).toMatchObject([
      { kind: 'payload', raw: { type: 'usage', data: '{' } },
      {
        kind: 'payload',
        raw: { data: '"a"', lastEventId: '3' },
        message: expect.stringContaining('expected a number'),
      },
    ]);
    expect(stream.state.name).toBe('open');
  });
});

describe('iteration', () => {
  test('gives events in their order, over reconnections', async () => {
    const { stream, clock } = open([{ body: ['data: a\n\n'] }, { body: ['data: b\n\ndata: c\n\n'] }, { status: 204 }]);
    (stream as EventTarget).addEventListener('state', () => {
      if (stream.state.name === 'waiting') queueMicrotask(() => clock.advance(1000));
    });
    const data: string[] = [];
    for await (const event of stream) data.push(event.data);
    expect(data).toEqual(['a', 'b', 'c']);
  });

  test('holds the network back while the loop works', async () => {
    const body = new LiveBody();
    const { stream } = open([body]);
    const iterator = stream[Symbol.asyncIterator]();
    const first = iterator.next();
    await until(() => stream.state.name === 'open');
    body.write('data: a\n\n');
    body.write('data: b\n\n');
    expect((await first).value?.data).toBe('a');
    const { pulls } = body;
    await new Promise((resolve) => setImmediate(resolve));
    expect(body.pulls).toBe(pulls);
    expect((await iterator.next()).value?.data).toBe('b');
  });

  test('closes the stream when it is left', async () => {
    const { stream } = open([{ body: ['data: a\n\ndata: b\n\n'] }]);
    for await (const event of stream) {
      expect(event.data).toBe('a');
      break;
    }
    expect(stream.state).toEqual({ name: 'closed' });
  });

  test('throws where the stream fails', async () => {
    const { stream } = open([{ status: 404 }]);
    await expect(async () => {
      for await (const _ of stream);
    }).rejects.toThrow(StreamFailed);
  });
});
