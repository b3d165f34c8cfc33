import { expect, test } from 'vitest';
import type { Exchange } from './access/exchange.ts';
import type { Severity, Violation } from './judge/wire-inspector.ts';
import { Observations } from './observations.ts';

const exchange = {} as Exchange;

function violation(rule: string, severity: Severity): Violation {
  return { rule, severity, offset: 0, line: 1, message: 'odd', bytes: new Uint8Array(), mark: [0, 0] };
}

test('what a server does wrong with every event hides nothing else that it does wrong', () => {
  const observations = new Observations();
  for (let n = 0; n < 10_001; n += 1) observations.sighted(violation('framing/retry-is-digits', 'warning'), exchange);
  observations.sighted(violation('framing/null-in-id', 'error'), exchange);
  observations.sighted(violation('framing/retry-is-digits', 'error'), exchange);
  expect(observations.of('framing/null-in-id')).toHaveLength(1);
  expect(observations.of('framing/retry-is-digits')[0]?.violation.severity).toBe('error');
});

test('the sightings that are kept of one violation have a limit', () => {
  const observations = new Observations();
  for (let n = 0; n < 10_001; n += 1) observations.sighted(violation('framing/null-in-id', 'error'), exchange);
  expect(observations.of('framing/null-in-id')).toHaveLength(10_000);
});
