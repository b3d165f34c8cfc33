import { expect, test } from 'vitest';
import { judge, type TargetChanges, withPlainServer } from '../../../defects/judge-defect.ts';
import type { PlainRequest } from '../../../defects/plain-server.ts';
import type { Rule } from '../../rule.ts';
import { corsPreflight } from './cors.ts';
import { acceptAdmitted } from './negotiation.ts';
import { refusedByStatus } from './refusal.ts';
import { statusAndContentType } from './status-and-type.ts';

/** What a rule says of a server that asks some clients to come back later, each time. */
async function judged(
  rule: Rule,
  isPutOff: (request: PlainRequest) => boolean,
  target?: TargetChanges,
): Promise<string> {
  const answer = (request: PlainRequest) =>
    request.path === '/stream' && isPutOff(request)
      ? { status: 503, fields: [['Retry-After', '1'] as const] }
      : undefined;
  const [result] = await withPlainServer({ behaviour: { answer }, ...(target && { target }) }, (definition) =>
    judge(definition, [rule]),
  );
  return `${result?.verdict}: ${result?.message}`;
}

/** All but the first subscription of a run. */
function allLater(): (request: PlainRequest) => boolean {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > 1;
  };
}

test('a preflight that is put off each time is not said to be granted', async () => {
  expect(await judged(corsPreflight, ({ method }) => method === 'OPTIONS')).toMatch(
    /^inconclusive: each of \d+ preflights was asked to come back later$/,
  );
});

test('a subscription that is put off whatever its Accept is not said to be admitted', async () => {
  expect(await judged(acceptAdmitted, allLater())).toMatch(
    /^inconclusive: each of \d+ subscriptions was asked to come back later$/,
  );
});

test('only those subscriptions that were answered are told as admitted', async () => {
  const withoutAccept = ({ fields }: PlainRequest): boolean => !fields.has('accept');
  expect(await judged(acceptAdmitted, withoutAccept)).toMatch(/^pass: \d+ that accept an event stream were admitted$/);
});

test('a changed parameter that is put off each time is not said to be refused', async () => {
  expect(
    await judged(
      refusedByStatus,
      ({ query }) => query.toString() !== 'topic=news',
      (url) => ({
        stream: `${url}/stream?topic=news`,
        refusedUrls: [],
      }),
    ),
  ).toMatch(/^inconclusive: each of \d+ subscriptions with a changed parameter was asked to come back later$/);
});

test('variations of a subscription that are put off each time are not said to get a stream', async () => {
  expect(await judged(statusAndContentType, allLater())).toMatch(
    /^pass: 200 with text\/event-stream; each of \d+ variations of header fields and query was asked to come back later$/,
  );
});
