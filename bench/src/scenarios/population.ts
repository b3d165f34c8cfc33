import { SettingError } from '@ssert/protocol';
import { type ClientPlan, type PopulationName, population, populations, resolveFaults } from '@ssert/simulator';
import type { PlayedClient } from '../engine/receiver-plan.ts';
import type { GivenLoad, Load } from '../settings.ts';
import { type Scenario, steadyLoad } from './scenario.ts';

/** Clients that are played. */
export interface Population {
  readonly name: string;
  /** As many clients as the load has streams, for as long as it is measured. */
  readonly plans: (load: Pick<Load, 'streams' | 'durationMs' | 'seed'>) => readonly ClientPlan[];
  /** Where the clients are given: what the load has to be. */
  readonly load: GivenLoad;
}

/** The named population, drawn anew for each load. */
export function populationNamed(name: PopulationName): Population {
  return {
    name,
    load: {},
    plans: ({ streams, durationMs, seed }) => population({ ...populations[name], clients: streams, durationMs }, seed),
  };
}

/** Given clients, for as long as the last of them stays. */
export function populationOf(name: string, plans: readonly ClientPlan[]): Population {
  const durationMs = Math.max(...plans.map(({ leaveAtMs }) => leaveAtMs));
  return { name, load: { streams: plans.length, durationMs }, plans: () => plans };
}

/** Plays clients by their plans, from the first publish on. */
export function played({ load: given, plans }: Population): Scenario {
  return {
    name: 'population',
    meaning: 'Clients join, read, lose their connections, come back and leave, each by a plan of its own.',
    publishes: true,
    settles: false,
    defaults: given,
    streams: (load) => {
      for (const name of ['streams', 'durationMs'] as const) requireGiven(name, load[name], given[name]);
      return plans(load).map((plan, number) => ({
        number,
        topic: number % load.topics,
        connectAtUs: 0,
        client: { ...plan, delayMs: longestDelayMs(plan) },
      }));
    },
    schedule: steadyLoad,
    quietMs: (load) => 1000 + Math.max(0, ...plans(load).map(longestDelayMs)),
  };
}

/** What given clients do cannot be stretched to another load. */
function requireGiven(name: 'streams' | 'durationMs', value: number, given: number | undefined): void {
  if (given === undefined || value === given) return;
  throw new SettingError(name, value, `${given}, as the population has it, or nothing`);
}

/** How late a client's network makes an event at most, but for what its bandwidth holds up. */
function longestDelayMs({ faults }: ClientPlan): PlayedClient['delayMs'] {
  const { latencyMs, jitterMs, stallMs, holdForMs } = resolveFaults(faults).down;
  return latencyMs + jitterMs + stallMs + holdForMs;
}
