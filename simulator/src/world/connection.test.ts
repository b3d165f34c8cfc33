import { seededRandom } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { Connection, type ConnectionObserver, type Line } from './connection.ts';
import { newStream } from './stream-record.ts';
import { turn } from './turn.ts';
import { VirtualTime } from './virtual-time.ts';

/** A connection that carries a body, and what the client's end makes of it. */
function carrying(line: Partial<Line> = {}) {
  const time = new VirtualTime();
  const happened: string[] = [];
  const note = (what: string) => (): void => void happened.push(what);
  const stream = newStream(0, 1, '', 0);
  const observer: ConnectionObserver = {
    taken: () => {},
    heldBack: (held) => {
      held.blockedSinceMs = time.nowMs;
      happened.push('held back');
    },
    unblocked: (held) => {
      held.blockedSinceMs = undefined;
      happened.push('goes on');
    },
    serverOver: note('server over'),
    over: note('client over'),
  };
  const whole = { latencyMs: 10, jitterMs: 0, windowBytes: 1e6, mostSlices: 0, ...line };
  const connection = new Connection(stream, time, seededRandom(7), whole, observer);
  let body: ReadableStreamDefaultController<Uint8Array> | undefined;
  const source = {
    start: (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      body = controller;
    },
  };
  connection.carry(new Response(new ReadableStream(source)), new AbortController());
  const read = async (): Promise<void> => {
    const reader = (await connection.clientEnd.response()).body?.getReader();
    for (let pieces = 0; ; pieces += 1) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) return void happened.push(`end behind ${pieces}`);
      happened.push(`${time.nowMs}: ${new TextDecoder().decode(value)}`);
    }
  };
  read().catch((error) => happened.push(error.message));
  return {
    connection,
    happened,
    write: (text: string) => body?.enqueue(new TextEncoder().encode(text)),
    end: () => body?.close(),
    /** Lets all that is under way arrive. */
    pass: async (): Promise<void> => {
      await turn();
      while (time.step(time.nowMs + 1000)) await turn();
    },
  };
}

test('bytes come in their order after the latency, and then the end', async () => {
  const { happened, write, end, pass } = carrying();
  write('ab');
  write('cd');
  end();
  await pass();
  expect(happened).toEqual(['server over', '10: ab', '10: cd', 'client over', 'end behind 2']);
});

test('a reader that does not take what is under way holds the server back', async () => {
  const { connection, happened, write, pass } = carrying({ windowBytes: 3 });
  connection.clientEnd.hold(true);
  write('abcd');
  write('ef');
  await pass();
  expect(happened).toEqual(['held back']);
  connection.clientEnd.hold(false);
  await pass();
  expect(happened).toEqual(['held back', '10: abcd', 'goes on', '30: ef']);
});

test('a cut behind a byte lets that many through, and tells both sides', async () => {
  const { connection, happened, write, pass } = carrying();
  connection.cutBehind(3, 'fin');
  write('abcdef');
  await pass();
  expect(happened).toEqual(['server over', '10: abc', 'client over', 'end behind 1']);
});

test('a reset is an error for the reader, and after a silence nothing comes', async () => {
  const [reset, silent] = [carrying(), carrying()];
  reset.write('ab');
  silent.write('ab');
  reset.connection.cut('rst');
  silent.connection.cut('silence');
  await Promise.all([reset.pass(), silent.pass()]);
  expect(reset.happened).toEqual(['client over', 'server over', 'terminated']);
  expect(silent.happened).toEqual([]);
});

test('pieces are cut anywhere, and nothing of them is lost', async () => {
  const { happened, write, pass } = carrying({ mostSlices: 5 });
  for (let count = 0; count < 20; count += 1) write('abcdef');
  await pass();
  expect(happened.length).toBeGreaterThan(40);
  expect(happened.map((one) => one.replace('10: ', '')).join('')).toBe('abcdef'.repeat(20));
});
