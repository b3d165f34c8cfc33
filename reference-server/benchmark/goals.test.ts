import { expect, test } from 'vitest';
import { floor, ours, peers } from './contenders.ts';
import { Samples } from './figures.ts';
import { goals } from './goals.ts';

const [peer] = peers;
const all = [floor, ours, ...(peer ? [peer] : [])];
const cost = goals.filter(({ figure }) => figure === 'cpuUsPerDelivery');

function verdicts(costs: Readonly<Record<string, number>>): string[] {
  const samples = new Samples();
  for (const [name, cpuUsPerDelivery] of Object.entries(costs)) samples.add(name, 0, { cpuUsPerDelivery });
  return cost.map(({ verdict }) => verdict(samples, all));
}

test('a goal is met by the ratio to the floor, and to each peer', () => {
  expect(verdicts({ floor: 10, ssert: 11, 'node-http': 12 })).toEqual(['met', 'met']);
  expect(verdicts({ floor: 10, ssert: 13, 'node-http': 12 })).toEqual(['not met', 'not met']);
});

test('what was not measured is neither met nor missed', () => {
  expect(verdicts({ floor: 10, ssert: 11 })).toEqual(['met', 'not measured']);
  expect(verdicts({ floor: 10 })).toEqual(['not measured', 'not measured']);
});
