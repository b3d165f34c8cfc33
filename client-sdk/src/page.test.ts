import { describe, expect, test } from 'vitest';
import { followPage } from './page.ts';

function follow() {
  const page = new EventTarget();
  const calls: string[] = [];
  const stream = {
    resting: false,
    suspend: () => {
      calls.push('suspend');
      stream.resting = true;
    },
    resume: () => {
      calls.push('resume');
      stream.resting = false;
    },
    retryNow: () => calls.push('retryNow'),
    close: () => calls.push('close'),
  };
  const over = new AbortController();
  followPage(stream, over.signal, page);
  const happens = (type: string, persisted?: boolean): void => {
    page.dispatchEvent(Object.assign(new Event(type), persisted === undefined ? {} : { persisted }));
  };
  return { stream, calls, happens, forget: () => over.abort() };
}

describe('a stream that follows its page', () => {
  test('rests in the back/forward cache and goes on when the page is shown again', () => {
    const { calls, happens } = follow();
    happens('pagehide', true);
    happens('pageshow', true);
    expect(calls).toEqual(['suspend', 'resume']);
  });

  test('ends with the page', () => {
    const { calls, happens } = follow();
    happens('pagehide', false);
    expect(calls).toEqual(['close']);
  });

  test('is not woken by the page where somebody else sent it to rest', () => {
    const { stream, calls, happens } = follow();
    stream.resting = true;
    happens('pagehide', true);
    happens('pageshow', true);
    expect(calls).toEqual(['suspend']);
  });

  test('tries at once when the network is back, until it is told to forget the page', () => {
    const { calls, happens, forget } = follow();
    happens('online');
    forget();
    happens('online');
    expect(calls).toEqual(['retryNow']);
  });
});

test('where there is no page there is nothing to follow', () => {
  const { stream, calls } = follow();
  followPage(stream, new AbortController().signal);
  expect(calls).toEqual([]);
});
