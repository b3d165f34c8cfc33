import type { Trial } from './bench-result.ts';

/** Streams that a trial held: where clients come and go, they connect more often than that. */
export function openStreams({
  connects,
  windows,
  clients,
  scenario,
}: Pick<Trial, 'connects' | 'windows' | 'clients' | 'scenario'>): number {
  const comeAndGo = clients !== undefined || scenario?.left !== undefined;
  const measured = windows.filter(({ phase }) => phase === 'measure');
  if (!comeAndGo || measured.length === 0) return connects.ok;
  return Math.max(...measured.map(({ streams }) => streams));
}
