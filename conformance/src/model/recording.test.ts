import { describe, expect, test } from 'vitest';
import { maskSecrets, parseRecording, RecordingError } from './recording.ts';

describe('a transcript', () => {
  test('shows no secret, also where it came in two pieces, and keeps the place of every other byte', () => {
    const pieces = ['token=hunt', 'er2-é; next'].map((text) => Buffer.from(text));
    expect(maskSecrets(pieces, ['hunter2-é']).map(String)).toEqual(['token=****', '******; next']);
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
