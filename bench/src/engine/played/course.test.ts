import type { ClientPlan } from '@ssert/simulator';
import { expect, test } from 'vitest';
import { courseOf, goneAtMs } from './course.ts';

const client: ClientPlan = {
  number: 1,
  kind: 'mobile',
  joinAtMs: 100,
  leaveAtMs: 900,
  leaves: 'rst',
  resumes: true,
  reading: [
    { atMs: 100, bytesPerS: 'unlimited' },
    { atMs: 500, bytesPerS: 0 },
  ],
  losses: [
    { atMs: 200, why: 'cut', by: 'fin', backAtMs: 300 },
    { atMs: 600, why: 'sleep', by: 'silence', backAtMs: 950 },
  ],
  faults: {},
};

test('a plan becomes what its client does, in order; who would be back after its end never is', () => {
  expect(courseOf(client).map(({ atMs, do: does }) => `${atMs} ${does}`)).toEqual([
    '100 read',
    '100 connect',
    '200 lose',
    '300 connect',
    '500 read',
    '600 lose',
    '900 leave',
  ]);
});

test('a client that is gone before it is answered leaves in the moment of its connect', () => {
  const gone = courseOf({ ...client, leaveAtMs: 100, leaves: 'abort-in-head', losses: [], reading: [] });
  expect(gone).toEqual([
    { atMs: 100, do: 'connect' },
    { atMs: 100, do: 'leave', how: 'in-head' },
  ]);
});

test.each([
  ['who resumes goes on until it does not come back', true, 2, 600],
  ['who does not is gone with its connection', false, 2, 200],
  ['and so is its next one', false, 4, 600],
])('%s', (_, resumes, from, atMs) => {
  expect(goneAtMs(courseOf(client), from, resumes)).toBe(atMs);
});

test('who stays is never gone', () => {
  expect(goneAtMs(courseOf({ ...client, leaves: 'stays', losses: [] }), 2, true)).toBe(Number.POSITIVE_INFINITY);
});
