import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ResponseHeadSkipper } from './response-head.ts';

/** The body after the chunks of a recording, and what was taken off in front. */
function skip(recording: string, cuts: readonly number[] = []): { body: string; skippedBytes: number } {
  const skipper = new ResponseHeadSkipper();
  const bytes = Buffer.from(recording);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const parts = places.slice(1).map((to, at) => skipper.push(bytes.subarray(places[at], to)));
  return { body: Buffer.concat([...parts, skipper.end()]).toString(), skippedBytes: skipper.skippedBytes };
}

const head = 'HTTP/2 200\r\ncontent-type: text/event-stream\r\n\r\n';

describe('skipping response heads', () => {
  test.each([
    ['data: x\n\n', 'data: x\n\n'],
    [`${head}data: x\n\n`, 'data: x\n\n'],
    [`HTTP/1.1 100 Continue\r\n\r\n${head}data: x\n\n`, 'data: x\n\n'],
    ['HTTP/1.1 200 OK\nA: b\n\ndata: x\n\n', 'data: x\n\n'],
    ['HTTP/1.1 200 OK\r\ncut', 'HTTP/1.1 200 OK\r\ncut'],
    ['HT', 'HT'],
    ['', ''],
  ])('%j', (recording, body) => {
    expect(skip(recording)).toEqual({ body, skippedBytes: recording.length - body.length });
  });

  test('the body is the same however the recording is cut', () => {
    fc.assert(
      fc.property(fc.constantFrom('', head, head + head), fc.string(), fc.array(fc.nat()), (front, body, cuts) => {
        fc.pre(!body.startsWith('HTTP/'));
        expect(skip(front + body, cuts)).toEqual({ body, skippedBytes: front.length });
      }),
    );
  });

  test('what can be no head any more is given at once', () => {
    const skipper = new ResponseHeadSkipper();
    expect(Buffer.from(skipper.push(Buffer.from('H'))).toString()).toBe('');
    expect(Buffer.from(skipper.push(Buffer.from('i'))).toString()).toBe('Hi');
  });
});
