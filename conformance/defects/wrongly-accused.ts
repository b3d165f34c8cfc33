import { expect } from 'vitest';
import { accusation } from './accusation.ts';

/**
 * What is red and must not be: nothing. A test that fails by this is not tried again, however busy the machine.
 * @param red rules by what they say
 */
export function expectNoneAccused(red: Readonly<Record<string, string>>): void {
  expect(red, accusation).toEqual({});
}
