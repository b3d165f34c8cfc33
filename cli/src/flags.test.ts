import { describe, expect, test } from 'vitest';
import { type Flag, type GivenFlags, parseFlags } from './flags.ts';

const table = {
  header: { value: 'H', repeatable: true, meaning: 'a header' },
  profile: { value: 'A,B', repeatable: true, meaning: 'promises' },
  seed: { value: 'N', meaning: 'a seed' },
  data: { value: 'TEXT', mayBeEmpty: true, meaning: 'a body' },
  strict: { meaning: 'a switch' },
} as const satisfies Record<string, Flag>;

function parse(...args: string[]): GivenFlags<typeof table> {
  const given = parseFlags(args, table);
  if (given === 'help') throw new Error('help was asked for');
  return given;
}

describe('flags', () => {
  test('values stand after a space or an equals sign, arguments anywhere', () => {
    const given = parse('http://x', '--seed', '7', '--header=A: b', '--strict', '--header', 'C: d=e');
    expect(given.positionals).toEqual(['http://x']);
    expect(given.wholeNumber('seed', 0)).toBe(7);
    expect(given.all('header')).toEqual(['A: b', 'C: d=e']);
    expect(given.has('strict')).toBe(true);
  });

  test('lists are separated by commas and may be repeated', () => {
    expect(parse('--profile', 'live, resumable', '--profile=h2').list('profile')).toEqual(['live', 'resumable', 'h2']);
  });

  test('a list of nothing is not no list', () => {
    expect(parse().list('profile')).toEqual([]);
    expect(() => parse('--profile', ' ,').list('profile')).toThrow('--profile is " ,"; give one or more');
  });

  test('an empty value is one where it says something', () => {
    expect(parse('--data', '').text('data')).toBe('');
  });

  test('a lone dash is an argument', () => {
    expect(parse('-').positionals).toEqual(['-']);
  });

  test.each([
    [['--sed', '7'], /there is no flag --sed; did you mean --seed\?/],
    [['-x'], /there is no flag -x; --help lists them/],
    [['--no-strict'], /there is no flag --no-strict/],
    [['--constructor'], /there is no flag --constructor/],
    [['--seed'], /--seed needs a value: --seed N/],
    [['--seed', '--strict'], /--seed needs a value/],
    [['--seed', '1', '--seed', '2'], /--seed is given twice/],
    [['--strict=yes'], /--strict takes no value/],
    [['--seed', ''], /--seed is ""; give --seed N/],
    [['--header='], /--header is ""; give --header H/],
  ])('a wrong one is told in one line: %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });

  test.each(['seven', '-1', '1.5', '1e3', '9007199254740993'])('%s is no seed', (text) => {
    expect(() => parse(`--seed=${text}`).wholeNumber('seed', 0)).toThrow(
      /--seed is ".*"; give a whole number from 0 up/,
    );
  });

  test('help is asked for anywhere among them', () => {
    expect(parseFlags(['http://x', '--help'], table)).toBe('help');
    expect(parseFlags(['-h'], table)).toBe('help');
  });
});
