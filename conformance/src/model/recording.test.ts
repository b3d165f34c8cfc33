import { describe, expect, test } from 'vitest';
import { parseRecording, RecordingError, recordingOf } from './recording.ts';

test('a recording keeps the words that a replay goes by, and quotes no secret', () => {
  const played = {
    path: '0:1',
    message: 'event 1 reached restart',
    commands: [{ do: 'restart' }, { do: 'wait', ms: 5 }] as const,
    failed: { times: 3, of: 3 },
    script: ['curl http://localhost/?token=restart'],
    connections: [],
  };
  const about = { target: { name: 'app', url: 'http://localhost/' }, rule: 'delivery/any-history', seed: 7 };
  expect(recordingOf(played, about, ['restart', 'delivery'])).toMatchObject({
    ...about,
    commands: played.commands,
    message: 'event 1 reached [redacted]',
    script: ['curl http://localhost/?token=[redacted]'],
  });
});

describe('a replay file', () => {
  const good = { schema: 1, rule: 'delivery/any-history', seed: 7, commands: [{ do: 'wait', ms: 5 }] };

  test('needs schema, rule, seed and commands', () => {
    const { rule, seed, commands } = good;
    expect(parseRecording(JSON.stringify(good))).toEqual({ rule, seed, commands });
  });

  test.each([
    ['{', /^is no JSON: /],
    ['[]', /^holds no JSON object$/],
    [JSON.stringify({ ...good, schema: 2 }), /^has schema 2; this version reads schema 1$/],
    [JSON.stringify({ ...good, rule: 5 }), /^has no rule/],
    [JSON.stringify({ ...good, seed: 'x' }), /^has no seed/],
    [JSON.stringify({ ...good, commands: undefined }), /^has no list of commands/],
    [JSON.stringify({ ...good, commands: [{ do: 'wait', ms: 0 }] }), /^commands\[0\] ms is 0; give a whole number/],
  ])('%s is none', (text, message) => {
    expect(() => parseRecording(text)).toThrow(RecordingError);
    expect(() => parseRecording(text)).toThrow(message);
  });
});
