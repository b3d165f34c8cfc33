import { SettingError } from '@ssert/protocol';
import { checkClosedLoop } from './closed-loop/autocannon.ts';
import type { RestLoad } from './closed-loop/rest-load.ts';
import type { StreamRequest } from './engine/receiver-plan.ts';
import type { Publish } from './publisher/publisher.ts';
import type { BenchTarget, ScenarioName } from './results/bench-result.ts';
import type { Burst } from './scenarios/burst.ts';
import type { Population } from './scenarios/population.ts';
import type { Scenario, ServerControl } from './scenarios/scenario.ts';
import type { Load } from './settings.ts';

/** What a run may use of the server: handed in, so that this workspace needs no way of its own to start or reach one. */
export interface BenchAccess {
  readonly request: StreamRequest;
  readonly publish?: Publish | undefined;
  /** The process that serves, where it is on this machine; what it has started counts as well. */
  readonly pid?: (() => number) | undefined;
  readonly control?: ServerControl | undefined;
  /** Asks the server how many streams it holds open. Rejects where it does not tell. */
  readonly openStreams?: (() => Promise<number>) | undefined;
}

/** @throws SettingError where a scenario lacks something that it needs */
export function checkAccess(
  given: {
    readonly access: BenchAccess;
    readonly scenario: ScenarioName;
    readonly burst?: Burst | undefined;
    readonly cpuShare?: number | undefined;
    readonly beside?: RestLoad | undefined;
    readonly axis?: string | undefined;
    readonly population?: Population | undefined;
  },
  load: Load,
  { publishes, needsControl, first, cycles }: Scenario,
): void {
  const { access, scenario, burst, population, cpuShare, beside } = given;
  if (load.topics > 1 && !access.request.url.includes('{channel}')) {
    throw new SettingError('topics', load.topics, '1, or {channel} in the URL, which stands for the topic');
  }
  if (beside) {
    const { url, connections } = beside;
    checkClosedLoop({ request: { url, method: 'GET', headers: {} }, connections }, 'beside');
    if (given.axis !== undefined)
      throw new SettingError('beside', url, 'it without a search: with --streams, and no --axis');
    if (first || cycles) throw new SettingError('beside', url, `it with another scenario than ${scenario}`);
  }
  if (cpuShare !== undefined && !(cpuShare > 0 && cpuShare < 1)) {
    throw new SettingError('cpuShare', cpuShare, 'a share above 0 and below 1, such as 25%');
  }
  if (cpuShare !== undefined && !(access.control && access.pid)) {
    throw new SettingError('cpuShare', cpuShare, 'a command that starts the server beside it (--start COMMAND)');
  }
  if (needsControl && !access.control) {
    throw new SettingError(
      'scenario',
      scenario,
      'a command that starts the server beside it (--start COMMAND), or two that kill it and start it again (--kill-cmd and --start-cmd)',
    );
  }
  if (scenario === 'burst' && !burst) {
    throw new SettingError('scenario', scenario, 'what it plays beside it (--traffic PROFILE or TRACE.csv)');
  }
  if (scenario === 'population') {
    if (!population) {
      throw new SettingError('scenario', scenario, 'whom it plays beside it (--population NAME or FILE.json)');
    }
    if (access.request.protocol === 'h2') {
      throw new SettingError('protocol', 'h2', 'http/1.1: clients that share a connection cannot lose it one by one');
    }
  }
  if (publishes && !access.publish) {
    throw new SettingError('scenario', scenario, 'a way to publish beside it (--publish URL), or storm');
  }
}

/** The names that `{channel}` stands for. */
export function topicNames(topics: number): string[] {
  return Array.from({ length: topics }, (_, topic) => `bench-${topic}`);
}

/** A URL as a result may show it. */
export function withoutCredentials(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

/** The target as a result names it. */
export function targetOf({ request, publish, pid }: BenchAccess): BenchTarget {
  const url = withoutCredentials(request.url.replaceAll('{channel}', 'CHANNEL'));
  return {
    url,
    protocol: request.protocol ?? 'http/1.1',
    tls: url.startsWith('https:'),
    mode: publish ? 'published' : 'opaque',
    ...(pid === undefined ? {} : { pid: pid() }),
  };
}
