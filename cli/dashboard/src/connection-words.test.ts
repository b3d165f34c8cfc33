import type { Problem, StreamState } from '@ssert/client';
import { describe, expect, test } from 'vitest';
import { connectionWords, spokenWords } from './connection-words.ts';

const problem: Problem = { kind: 'end', message: 'the server ended the stream' };

describe('a connection is told', () => {
  test.each<[StreamState, Problem | undefined, unknown]>([
    [{ name: 'connecting' }, undefined, { kind: 'connecting', label: 'Connecting' }],
    [
      { name: 'connecting' },
      problem,
      { kind: 'connecting', label: 'Connecting', reason: 'The server ended the stream.' },
    ],
    [{ name: 'open' }, undefined, { kind: 'live', label: 'Live' }],
    [
      { name: 'waiting', problem, retryInMs: 1000, failures: 1 },
      problem,
      { kind: 'lost', label: 'Connection lost', reason: 'The server ended the stream.' },
    ],
    [{ name: 'waiting', failures: 0 }, undefined, { kind: 'paused', label: 'Paused' }],
    [{ name: 'closed', problem }, undefined, { kind: 'over', label: 'Ended', reason: 'The server ended the stream.' }],
    [{ name: 'closed' }, undefined, { reason: 'The server said that the stream is over.' }],
  ])('as %j', (state, last, words) => {
    expect(connectionWords(state, last)).toMatchObject(words as object);
  });
});

test('what passes by itself is not said aloud', () => {
  expect(spokenWords(connectionWords({ name: 'connecting' }, problem))).toBe('');
  expect(spokenWords(connectionWords({ name: 'open' }, undefined))).toBe('Live.');
  expect(spokenWords(connectionWords({ name: 'waiting', problem, retryInMs: 1000, failures: 1 }, problem))).toBe(
    'Connection lost. The page tries again by itself.',
  );
});
