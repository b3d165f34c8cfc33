import { systemClock } from '@ssert/protocol/system';
import { tokenVariable } from './server-flags.ts';
import type { Traffic } from './traffic.ts';

/** What was started. */
export interface Serving {
  readonly url: string;
  /** Where the bad network is that was put in front, and what it is called. */
  readonly network?: { readonly url: string; readonly preset: string } | undefined;
  readonly traffic: Traffic | undefined;
  readonly hasDashboard: boolean;
  readonly events: boolean;
  readonly needsToken: boolean;
}

/** What is printed once the server listens: with usage to look at, where to look; else how to bring some. */
export function greeting(serving: Serving): string {
  const { url, network, traffic, hasDashboard } = serving;
  const lines = traffic && hasDashboard ? [whereToLook(url, traffic)] : [...firstSteps(serving)];
  if (network) lines.push(`Seen through the network ${network.preset}: ${network.url}`);
  if (!hasDashboard) lines.push('There is no dashboard at / as it was not built: npm run build:dashboard');
  return lines.join('\n');
}

function whereToLook(url: string, { profile, seed, speed }: Traffic): string {
  const fast = speed === 1 ? '' : `, ${speed} times as fast`;
  return `The dashboard is at ${url} with the usage of ${profile.name}, seed ${seed}${fast} (Ctrl-C ends it).`;
}

function* firstSteps({ url, hasDashboard, events, needsToken }: Serving): Generator<string> {
  const record = JSON.stringify({ id: 1, creditsUsed: 5, createdAt: new Date(systemClock.wallTime()).toISOString() });
  const authorization = needsToken ? ` -H "Authorization: Bearer $${tokenVariable}"` : '';
  const post = `curl -H 'Content-Type: application/json'${authorization} -d`;
  const where = hasDashboard ? ', with a dashboard for browsers' : '';
  yield `The reference server is at ${url} (Ctrl-C ends it)${where}. Try in two other terminals:`;
  yield `  curl -N ${url}/usage/stream`;
  yield `  ${post} '${record}' ${url}/usage`;
  if (events) {
    yield 'and the generic channel:';
    yield `  curl -N ${url}/events`;
    yield `  ${post} '{"data":"hello"}' ${url}/events`;
  }
}
