import type { Chaos } from '@ssert/simulator';
import type { ReceiverPlan, StreamPlan } from './receiver-plan.ts';

/**
 * Puts the bad networks that clients have between them and the server: one for each that is asked for, in this process,
 * whose own thread has little else to do.
 * @returns the plans, with the port that each client's network listens on
 */
export async function throughNetworks(plans: readonly ReceiverPlan[]): Promise<readonly ReceiverPlan[]> {
  const wanted = new Map(plans.flatMap(({ streams }) => streams.flatMap(networkOf)));
  const [first] = plans;
  if (!first || wanted.size === 0) return plans;
  // Only here, as it takes a while to load.
  const { startChaos } = await import('@ssert/simulator');
  const target = new URL(first.request.url.replaceAll('{channel}', 'x'));
  const started = [...wanted].map(async ([name, faults]): Promise<[string, Chaos]> => {
    return [name, await startChaos({ target, faults, seed: first.seed })];
  });
  const ports = new Map((await Promise.all(started)).map(([name, { port }]) => [name, port]));
  return plans.map((plan) => ({
    ...plan,
    streams: plan.streams.map((stream) => {
      const port = networkOf(stream).flatMap(([name]) => ports.get(name) ?? [])[0];
      return port === undefined ? stream : { ...stream, networkPort: port };
    }),
  }));
}

type Network = readonly [name: string, faults: NonNullable<StreamPlan['client']>['faults']];

/** None where the client has a good one. */
function networkOf({ client }: StreamPlan): readonly Network[] {
  if (!client || Object.keys(client.faults).length === 0) return [];
  return [[JSON.stringify(client.faults), client.faults]];
}
