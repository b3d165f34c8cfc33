import { expect, test } from 'vitest';
import { steadySchedule } from '../publisher/schedule.ts';
import { DeliveryAudit } from './delivery-audit.ts';

const beginUs = 1_000_000;
/** Ten publishes, 100 ms apart, on one topic. */
const schedule = steadySchedule({ topics: 1, rate: 10, spacing: 'even', durationUs: 1e6, bytes: 60, seed: 1 });

function audit(streams: number): { audit: DeliveryAudit; deliver: (stream: number, seq: number) => string } {
  const audited = new DeliveryAudit(new Uint16Array(streams), schedule, 1);
  audited.begin(beginUs);
  audited.measure(beginUs, beginUs + 1e6);
  const dueUs = (seq: number): number => beginUs + seq * 100_000;
  const deliver = (stream: number, seq: number): string =>
    audited.take(stream, { run: 1, topic: 0, seq, intendedUs: dueUs(seq) }, dueUs(seq) + 500);
  return { audit: audited, deliver };
}

test('what does not come is lost', () => {
  const { audit: audited, deliver } = audit(2);
  audited.subscribe(0, 0);
  audited.subscribe(1, 0);
  for (let seq = 0; seq < 10; seq += 1) {
    deliver(0, seq);
    if (seq !== 4) deliver(1, seq);
  }
  const { expected, deliveredOf, lost, meanUs } = audited.streams([]);
  expect([...expected]).toEqual([10, 10]);
  expect([...deliveredOf]).toEqual([10, 9]);
  expect(lost).toBe(1);
  expect(meanUs[0]).toBe(500);
});

test('what the server refused is not expected', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, 0);
  for (let seq = 0; seq < 9; seq += 1) deliver(0, seq);
  expect(audited.streams([9]).lost).toBe(0);
  expect(audited.streams([]).lost).toBe(1);
});

test('around a subscription events are edge, and neither expected nor lost', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, beginUs + 250_000);
  audited.leave(0, beginUs + 550_000);
  for (let seq = 2; seq < 7; seq += 1) deliver(0, seq);
  expect(audited.tally).toMatchObject({ edge: 2 });
  expect(audited.streams([])).toMatchObject({ lost: 0, delivered: 3, expected: Uint32Array.of(3) });
});

test('a stream that is cut by the server goes on to expect events', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, 0);
  deliver(0, 0);
  expect(audited.streams([]).lost).toBe(9);
});

test('what is not replayed to a client that comes back is lost across the reconnection, and what it had is redelivered', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, 0);
  for (let seq = 0; seq < 3; seq += 1) deliver(0, seq);
  audited.lose(0, beginUs + 250_000);
  audited.comeBack(0, beginUs + 650_000);
  for (const seq of [2, 3, 5, 7, 8, 9]) deliver(0, seq);
  expect(audited.streams([])).toMatchObject({ lost: 0, lostAcrossReconnect: 2, delivered: 8 });
  expect(audited.tally).toMatchObject({ redelivered: 1, duplicate: 0 });
});

test('what comes twice and was due only when the client was back is a duplicate, however often it was away', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, 0);
  for (let seq = 0; seq < 3; seq += 1) deliver(0, seq);
  audited.lose(0, beginUs + 250_000);
  audited.comeBack(0, beginUs + 450_000);
  for (const seq of [3, 4, 4]) deliver(0, seq);
  for (const seq of [5, 6]) expect([deliver(0, seq), deliver(0, seq)]).toEqual(['delivered', 'duplicate']);
  expect(audited.tally).toMatchObject({ redelivered: 1, duplicate: 2 });
});

test('what a client had before it lost its connection excuses nothing that it was not sent while it was there', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, 0);
  for (const seq of [0, 2, 3, 4, 5, 6]) deliver(0, seq);
  // Gone at 650 ms; of what was due in the last 400 ms before it has all.
  audited.lose(0, beginUs + 250_000);
  audited.comeBack(0, beginUs + 750_000);
  for (const seq of [7, 8, 9]) deliver(0, seq);
  expect(audited.streams([])).toMatchObject({ lost: 1, lostAcrossReconnect: 0, delivered: 9 });
});

test('what was under way when the connection was lost, and no later one came, is lost across the reconnection', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, 0);
  for (const seq of [0, 1, 2, 3]) deliver(0, seq);
  audited.lose(0, beginUs + 250_000);
  audited.comeBack(0, beginUs + 650_000);
  for (const seq of [7, 8, 9]) deliver(0, seq);
  expect(audited.streams([])).toMatchObject({ lost: 0, lostAcrossReconnect: 3 });
  // Of what is in no count it matters to neither whether it came.
  expect(audited.streams([3, 5])).toMatchObject({ lost: 0, lostAcrossReconnect: 2 });
});

test('what is replayed only after the next loss is lost in neither', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, 0);
  for (const seq of [0, 2]) deliver(0, seq);
  audited.lose(0, beginUs + 250_000);
  audited.comeBack(0, beginUs + 450_000);
  audited.lose(0, beginUs + 350_000);
  audited.comeBack(0, beginUs + 850_000);
  for (const seq of [3, 4, 5, 6, 7, 8, 9]) deliver(0, seq);
  expect(audited.streams([])).toMatchObject({ lost: 1, lostAcrossReconnect: 0 });
});

test('who came late or left for good lacks nothing of before and behind in an outage', () => {
  const { audit: audited, deliver } = audit(2);
  audited.subscribe(0, beginUs + 350_000);
  audited.lose(0, beginUs + 50_000);
  audited.comeBack(0, beginUs + 850_000);
  audited.leave(0, beginUs + 650_000);
  for (const seq of [4, 5, 6, 7, 8, 9]) deliver(0, seq);
  audited.subscribe(1, 0);
  for (let seq = 0; seq < 9; seq += 1) deliver(1, seq);
  expect(audited.streams([])).toMatchObject({ lost: 1, lostAcrossReconnect: 0 });
});

test('who comes back only to leave for good a moment later has got no more than was expected', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, 0);
  for (let seq = 0; seq < 6; seq += 1) deliver(0, seq);
  audited.lose(0, beginUs + 250_000);
  audited.comeBack(0, beginUs + 650_000);
  audited.leave(0, beginUs + 350_000);
  expect(audited.streams([])).toMatchObject({
    expected: Uint32Array.of(6),
    delivered: 6,
    lost: 0,
    lostAcrossReconnect: 0,
  });
});

test('duplicates, overtaken events and changed stamps are counted apart', () => {
  const { audit: audited, deliver } = audit(1);
  audited.subscribe(0, 0);
  deliver(0, 1);
  expect(deliver(0, 0)).toBe('reordered');
  expect(deliver(0, 1)).toBe('duplicate');
  audited.take(0, { run: 1, topic: 0, seq: 2, intendedUs: beginUs + 300_000 }, beginUs + 300_000);
  expect(audited.tally).toMatchObject({ duplicate: 1, restamped: 1 });
  expect(audited.streams([]).delivered).toBe(3);
  expect([...audited.overtaken.subarray(0, 3)]).toEqual([1, 0, 0]);
});
