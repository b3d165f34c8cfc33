import type { Client, Command } from './command.ts';

/**
 * What one client of a population does, as `ssert simulate population` prints it. Times are ms from the start of the run;
 * here only their order counts.
 */
export interface PlannedClient {
  readonly number: number;
  readonly kind: string;
  readonly joinAtMs: number;
  readonly leaveAtMs: number;
  readonly leaves: 'fin' | 'rst' | 'abort-in-head' | 'stays';
  /** Whether it sends `Last-Event-ID` when it connects again. */
  readonly resumes: boolean;
  readonly reading: readonly { readonly atMs: number; readonly bytesPerS: number | 'unlimited' }[];
  readonly losses: readonly {
    readonly atMs: number;
    readonly by: 'fin' | 'rst' | 'silence';
    readonly backAtMs: number;
  }[];
}

/** What is published between two moments of a population: an event for each tenth of a second, up to so many. */
const mostBetween = 8;

type Moment = { readonly atMs: number } & (
  | { readonly does: Command }
  | { readonly name: Client; readonly gulps: boolean }
);

/**
 * A population as a history: what its clients do, in the order of their times, with events published beside it. A second
 * of theirs takes as long as it takes to do what is done in it. Who reads slowly stops and reads by turns.
 * @param stalls whether clients may stop reading; without, who would fall silent resets its connection
 */
export function commandsOf(clients: readonly PlannedClient[], { stalls }: { readonly stalls: boolean }): Command[] {
  const moments = clients.flatMap((client) => momentsOf(client, stalls)).toSorted((a, b) => a.atMs - b.atMs);
  const commands: Command[] = [];
  const slow = new Map<Client, 'reads' | 'waits'>();
  let lastMs = moments[0]?.atMs ?? 0;
  for (const moment of moments) {
    if (moment.atMs > lastMs) {
      for (const [name, now] of slow) {
        commands.push({ do: now === 'reads' ? 'stall' : 'resume', client: name });
        slow.set(name, now === 'reads' ? 'waits' : 'reads');
      }
      const events = Math.min(mostBetween, Math.max(1, Math.round((moment.atMs - lastMs) / 100)));
      commands.push({ do: 'trickle', events });
      lastMs = moment.atMs;
    }
    if ('does' in moment) commands.push(moment.does);
    else if (moment.gulps) slow.set(moment.name, 'reads');
    else slow.delete(moment.name);
  }
  return commands;
}

function momentsOf(
  { number, kind, joinAtMs, leaveAtMs, leaves, resumes, reading, losses }: PlannedClient,
  stalls: boolean,
): Moment[] {
  const client = `${kind}${number}` as const;
  const moment = (atMs: number, does: Command): Moment => ({ atMs, does });
  if (leaves === 'abort-in-head') return [moment(joinAtMs, { do: 'abort', client })];
  const back = { do: 'connect', client, ...(resumes ? { back: 0 } : {}) } as const;
  const how = (by: 'fin' | 'rst' | 'silence'): 'fin' | 'reset' | 'silence' => {
    if (by === 'silence' && stalls) return 'silence';
    return by === 'fin' ? 'fin' : 'reset';
  };
  return [
    moment(joinAtMs, { do: 'connect', client }),
    ...losses.flatMap(({ atMs, by, backAtMs }) => [
      moment(atMs, { do: 'close', client, how: how(by) }),
      ...(backAtMs < leaveAtMs ? [moment(backAtMs, back)] : []),
    ]),
    ...(stalls ? reading.flatMap(({ atMs, bytesPerS }) => readingMoments(client, atMs, bytesPerS)) : []),
    ...(leaves === 'stays' ? [] : [moment(leaveAtMs, { do: 'close', client, how: how(leaves) })]),
  ];
}

/** A reader that is not held back reads from its connection on. */
function readingMoments(client: Client, atMs: number, bytesPerS: number | 'unlimited'): Moment[] {
  const gulps: Moment = { atMs, name: client, gulps: bytesPerS !== 'unlimited' && bytesPerS > 0 };
  return [gulps, { atMs, does: { do: bytesPerS === 0 ? 'stall' : 'resume', client } }];
}
