import type { RunEvent } from '@ssert/conformance';
import type { Clock } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { plain, type Terminal } from '../terminal.ts';
import { Progress, showProgress } from './progress.ts';

const started = { kind: 'started', rules: 3, seed: 7 } as RunEvent;
const judged = (id: string, verdict: string) => ({ kind: 'result', result: { id, verdict } }) as RunEvent;

test('progress tells how far the run is and what is at work', () => {
  const progress = new Progress();
  progress.take(started);
  expect(progress.line(0)).toBe('0 of 3 rules · waiting for the server · 0 s');
  progress.take({ kind: 'rule-started', id: 'delivery/idle-heartbeat' });
  progress.take({ kind: 'rule-started', id: 'http/not-cacheable' });
  progress.take({ kind: 'progress', id: 'delivery/idle-heartbeat', message: 'watched 15 s of 57 s' });
  expect(progress.line(15_900)).toBe('0 of 3 rules · delivery/idle-heartbeat watched 15 s of 57 s and 1 more · 15 s');
  progress.take(judged('http/not-cacheable', 'fail'));
  expect(progress.line(16_000)).toBe('1 of 3 rules · 1 failed · delivery/idle-heartbeat watched 15 s of 57 s · 16 s');
});

/** A clock that stands until it is told to go on. */
function handClock(): { readonly clock: Clock; goOn(ms: number): void } {
  let now = 0;
  let due: { readonly atMs: number; readonly callback: () => void }[] = [];
  return {
    clock: {
      now: () => now,
      wallTime: () => now,
      after: (delayMs, callback) => {
        const timer = { atMs: now + delayMs, callback };
        due.push(timer);
        return () => {
          due = due.filter((one) => one !== timer);
        };
      },
    },
    goOn: (ms) => {
      const end = now + ms;
      for (let next = due[0]; next && next.atMs <= end; next = due[0]) {
        due.shift();
        now = next.atMs;
        next.callback();
      }
      now = end;
    },
  };
}

function written(errorIsTerminal: boolean, runMs: number): string {
  const { clock, goOn } = handClock();
  let text = '';
  const terminal: Terminal = {
    print: () => undefined,
    complain: () => undefined,
    progress: (part) => {
      text += part;
    },
    paint: plain,
    errorIsTerminal,
    columns: undefined,
    errorColumns: 30,
    outputClosed: false,
    flush: () => Promise.resolve(),
  };
  const progress = new Progress();
  progress.take(started);
  const stop = showProgress(progress, terminal, clock);
  goOn(runMs);
  stop();
  goOn(60_000);
  return text;
}

test('outside a terminal a plain line comes every 10 s, and none before', () => {
  expect(written(false, 9999)).toBe('');
  expect(written(false, 20_000)).toBe(
    'ssert: 0 of 3 rules · waiting for the server · 10 s\nssert: 0 of 3 rules · waiting for the server · 20 s\n',
  );
});

test('in a terminal one line changes, fits into the width and is gone at the end', () => {
  const lines = written(true, 250).split('\r\u001b[K');
  expect(lines).toEqual(['', '0 of 3 rules · waiting for t…', '0 of 3 rules · waiting for t…', '']);
});
