import { readPopulation } from '@ssert/simulator';
import { describe, expect, test } from 'vitest';
import { runHere } from '../../../testing/run-here.ts';

const simulate = (...args: string[]) => runHere(['simulate', 'population', ...args]);

describe('ssert simulate population', () => {
  test('prints the same clients for the same seed, as a list that can be played', async () => {
    const [one, again, other] = await Promise.all(['7', '7', '8'].map((seed) => simulate('churn', '--seed', seed)));
    expect(one).toMatchObject({ code: 0, complaints: [] });
    expect(again?.stdout).toBe(one?.stdout);
    expect(other?.stdout).not.toBe(one?.stdout);
    expect(readPopulation(JSON.parse(one?.stdout ?? '')).length).toBeGreaterThan(20);
  });

  test('takes how many, how long and over which time they join', async () => {
    const { stdout } = await simulate('steady', '--clients', '3', '--duration', '9s', '--ramp', '6s');
    const plans = readPopulation(JSON.parse(stdout));
    expect(plans.map(({ joinAtMs, leaveAtMs }) => [joinAtMs, leaveAtMs])).toEqual([
      [0, 9000],
      [2000, 9000],
      [4000, 9000],
    ]);
  });

  test.each([
    [[], 'give one of steady churn slow mobile herd'],
    [['fat'], 'there is no population "fat"; give one of steady churn slow mobile herd'],
    [['steady', '--clients', '0'], '--clients is "0"; give a whole number from 1 to 1000000'],
    [['steady', '--duration', '1s', '--ramp', '1s'], '--ramp is not shorter than --duration; give a shorter time'],
  ])('wrong usage exits 2 with one line: %j', async (args, message) => {
    const { code, complaints } = await simulate(...args);
    expect(complaints).toEqual([message]);
    expect(code).toBe(2);
  });
});
