import { assert, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Command, complaintAboutCommand, inWords } from './command.ts';
import { overflowing, stalling, telling } from './examples.ts';
import { Histories, type Ingredients } from './histories.ts';
import { parseRecording } from './recording.ts';

const all: Ingredients = { publishes: true, resumes: true, stalls: true, restarts: true, window: 4, longest: 20 };

describe('commands', () => {
  test('every one that is drawn can be stored and read again', () => {
    assert(
      property(new Histories(all), (commands) => {
        const text = JSON.stringify({ schema: 1, rule: 'delivery/any-history', seed: 7, commands });
        expect(parseRecording(text).commands).toEqual(commands);
      }),
      { numRuns: 200 },
    );
  });

  test('the telling examples are such', () => {
    for (const commands of [...telling, ...stalling, ...overflowing]) {
      expect(commands.map(complaintAboutCommand).filter(Boolean)).toEqual([]);
    }
  });

  test.each([
    [null, 'is no object; give {"do": …}'],
    [{ do: 'jump' }, 'do is "jump"; give one of connect close abort publish burst trickle stall resume wait restart'],
    [{ do: 'connect', client: 'Q' }, 'client is "Q"; give one of A B C D E, or one of a population such as mobile7'],
    [{ do: 'connect', client: 'A', back: -1 }, 'back is -1; give a whole number from 0 to 10000'],
    [{ do: 'close', client: 'A' }, 'how is undefined; give one of fin reset silence'],
    [{ do: 'wait', ms: 5, client: 'A' }, 'client is no key of wait; take it out'],
  ])('%j is none: %s', (value, complaint) => {
    expect(complaintAboutCommand(value)).toBe(complaint);
  });

  test('are told in words', () => {
    const commands: Command[] = [
      { do: 'connect', client: 'A', back: 0 },
      { do: 'publish', events: 1, kib: 64 },
      { do: 'close', client: 'A', how: 'reset' },
    ];
    expect(commands.map(inWords)).toEqual([
      'connect A with the id of its last event',
      'publish 1 event of 64 KiB',
      'reset A',
    ]);
  });
});

describe('a history shrinks', () => {
  const histories = new Histories(all);
  /** The smallest history that still holds what is wanted, as fast-check looks for it. */
  const smallest = (commands: readonly Command[], wanted: (commands: readonly Command[]) => boolean) => {
    let best = commands;
    let context: unknown;
    for (let found = true; found; ) {
      found = false;
      for (const next of histories.shrink(best, context)) {
        if (!wanted(next.value)) continue;
        [best, context, found] = [next.value, next.context, true];
        break;
      }
    }
    return best;
  };

  test('to nothing where anything will do', () => {
    expect(smallest(telling[0] ?? [], () => true)).toEqual([]);
  });

  test('to the commands that matter, with the fewest clients and events', () => {
    const commands: Command[] = [
      { do: 'connect', client: 'C' },
      { do: 'burst', events: 9 },
      { do: 'wait', ms: 20 },
      { do: 'stall', client: 'E' },
      { do: 'close', client: 'C', how: 'reset' },
    ];
    const published = (of: readonly Command[]) =>
      of.reduce((sum, command) => sum + ('events' in command ? command.events : 0), 0);
    const wanted = (of: readonly Command[]) => published(of) >= 3 && of.some((command) => command.do === 'close');
    expect(smallest(commands, wanted)).toEqual([
      { do: 'publish', events: 3 },
      { do: 'close', client: 'A', how: 'fin' },
    ]);
  });
});
