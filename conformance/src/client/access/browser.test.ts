import { systemClock } from '@ssert/protocol/system';
import { expect, test } from 'vitest';
import { describeWithBrowser } from '../../../../client-sdk/testing/browser.ts';
import { efforts, type RuleResult } from '../../index.ts';
import { clientRules, runClient, subjectByName } from '../index.ts';

describeWithBrowser('the EventSource of a page in Chromium', () => {
  test('is judged by what it tells and by what it sends; each of many streams at once gets a connection', async () => {
    const wanted = [
      'parse/every-cut',
      'parse/order-is-kept',
      'http/redirects-are-followed',
      'http/wrong-type-fails',
      'http/foreign-charset',
      'lifecycle/close-in-a-message-handler',
      'lifecycle/close-in-an-error-handler',
    ];
    const rules = clientRules.filter(({ id }) => wanted.includes(id));
    const results: RuleResult[] = [];
    const options = { rules, clock: systemClock, seed: 1, effort: efforts.quick };
    for await (const event of runClient(subjectByName('browser:chromium'), options)) {
      if (event.kind === 'result') results.push(event.result);
      if (event.kind === 'started') expect(event.target.name).toMatch(/^EventSource of Chromium \d/);
    }
    const verdicts = Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));
    // The registration of text/event-stream calls charset without effect, and Chromium refuses all but UTF-8.
    expect(verdicts).toEqual({
      ...Object.fromEntries(wanted.map((id) => [id, 'pass'])),
      'http/foreign-charset': 'fail',
    });
  });
});
