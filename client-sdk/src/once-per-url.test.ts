import { expect, test } from 'vitest';
import { LiveBody, ScriptedFetch } from '../testing/scripted-fetch.ts';
import { oncePerUrl } from './once-per-url.ts';

test('users of one URL, however it is written, share a stream, and the last one closes it', async () => {
  const script = new ScriptedFetch(new LiveBody());
  const first = oncePerUrl('http://server.test/once', { fetch: script.fetch });
  const second = oncePerUrl(new URL('http://server.test:80/x/../once'), { fetch: script.fetch });
  expect(second.stream).toBe(first.stream);
  await expect.poll(() => first.stream.state.name).toBe('open');
  first.release();
  first.release();
  expect(second.stream.state.name).toBe('open');
  second.release();
  expect(second.stream.state.name).toBe('closed');
  expect(script.requests.length).toBe(1);
});

test('a stream that has closed is not shared any more', () => {
  const settings = { fetch: new ScriptedFetch().fetch };
  const first = oncePerUrl('http://server.test/again', settings);
  first.stream.close();
  const second = oncePerUrl('http://server.test/again', settings);
  expect(second.stream).not.toBe(first.stream);
  first.release();
  expect(oncePerUrl('http://server.test/again', settings).stream).toBe(second.stream);
  second.stream.close();
});
