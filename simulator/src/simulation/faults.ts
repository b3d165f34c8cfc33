import type { Network } from '../world/network.ts';
import type { ServerMachine } from '../world/server-machine.ts';
import type { VirtualTime } from '../world/virtual-time.ts';
import type { Chronicle } from './chronicle.ts';
import type { Fault } from './scenario.ts';

/** What faults befall. */
export interface Befallen {
  readonly time: VirtualTime;
  readonly network: Network;
  readonly server: ServerMachine;
  readonly chronicle: Chronicle;
}

/** Lets a fault happen now. What lasts is over at `endMs` at the latest; one that finds nobody does nothing. */
export function play(
  fault: Fault,
  number: number,
  endMs: number,
  { time, network, server, chronicle }: Befallen,
): void {
  const later = (afterMs: number, act: () => void): void => void time.at(Math.min(time.nowMs + afterMs, endMs), act);
  const connections = 'client' in fault ? network.connectionsOf(fault.client) : network.connections;
  const client = 'client' in fault ? chronicle.clients.get(fault.client) : undefined;
  chronicle.fault(number, JSON.stringify(fault));
  switch (fault.kind) {
    case 'cut':
      for (const connection of connections) connection.cut(fault.by);
      break;
    case 'cut-at-byte':
      for (const connection of connections) connection.cutBehind(fault.bytes, fault.by);
      break;
    case 'sleep':
      client?.sleep();
      later(fault.forMs, () => client?.wake());
      break;
    case 'suspend':
      client?.suspend();
      later(fault.forMs, () => client?.resume());
      break;
    case 'reconnect':
      client?.reconnect();
      break;
    case 'outage':
      network.outage = fault.by;
      for (const connection of connections) connection.cut(fault.by === 'refused' ? 'rst' : 'silence');
      later(fault.forMs, () => {
        network.outage = undefined;
      });
      break;
    case 'crash':
      if (!server.isUp) break;
      server.crash();
      chronicle.crashed();
      for (const connection of connections) connection.serverDied();
      later(fault.downMs, () => server.start());
      break;
    case 'restart':
      restart(fault.downMs, endMs, { time, network, server, chronicle });
      break;
    case 'disk-failure':
      server.disk.broken = true;
      later(fault.forMs, () => {
        server.disk.broken = false;
      });
      break;
    case 'clock-jump':
      server.clock.jump(fault.byMs);
      break;
  }
}

/** The server is asked to stop, does so within its time, and is followed by another. */
function restart(downMs: number, endMs: number, { time, network, server, chronicle }: Befallen): void {
  if (!server.isUp || server.isStopping) return;
  const { life } = server;
  server.stop();
  time.after(chronicle.scenario.server.stopMs, () => {
    // It may have crashed on the way.
    if (server.life !== life || !server.isUp) return;
    server.exit();
    chronicle.crashed();
    for (const connection of network.connections) connection.serverDied();
    time.at(Math.max(time.nowMs, Math.min(time.nowMs + downMs, endMs)), () => server.start());
  });
}
