import { onTestFinished } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { type Chaos, startChaos } from '../src/network/proxy/start-chaos.ts';
import type { GivenFaults } from '../src/network/settings.ts';
import { Peer, PlainServer } from './peers.ts';

/** A bad network whose clock stands still, with a plain server behind it. */
export interface Network {
  readonly chaos: Chaos;
  readonly clock: ManualClock;
  readonly server: PlainServer;
  /** Connects a client. @returns both ends */
  join(): Promise<{ readonly client: Peer; readonly server: Peer }>;
}

export async function network(faults: GivenFaults, seed = 7): Promise<Network> {
  const server = await PlainServer.start();
  const clock = new ManualClock();
  const chaos = await startChaos({ target: server.url, faults, seed, clock });
  onTestFinished(() => chaos.close());
  return {
    chaos,
    clock,
    server,
    join: async () => {
      const before = server.peers.length;
      const client = await Peer.connect(chaos.port);
      return { client, server: await server.peer(before + 1) };
    },
  };
}
