import type { RuleContext } from './context.ts';
import type { SpecReference } from './spec.ts';
import type { Profile } from './target.ts';
import type { Judgement } from './verdict.ts';

/** Areas of server rules, in the order of reports. */
export const areas = [
  'http',
  'framing',
  'delivery',
  'backpressure',
  'cleanup',
  'reconnect',
  'security',
  'compression',
  'http2',
  'finite',
] as const;
export type Area = (typeof areas)[number];

/** `MUST`: a failure fails the run. `SHOULD`: a warning. `MAY`: information. */
export type Level = 'MUST' | 'SHOULD' | 'MAY';

/** What the harness must be given beyond the stream's URL. */
export type Access = 'stream' | 'publish' | 'stats' | 'process';

/**
 * When a rule runs, by what would disturb it:
 * - `soak`: watches a few streams for minutes, from the beginning of the run until the crowd comes, side by side with
 *   all that runs meanwhile; publishes only after `publishingBegins`.
 * - `quiet`: watches streams on which nothing is published; these run side by side and first.
 * - `connections`: opens requests of its own and reads no published event; these run beside the quiet ones.
 * - `counting`: needs every other connection still; one at a time, still in the quiet part.
 * - `publishing`: publishes and reads what arrives; one at a time.
 * - `stall`: looks at readers that stopped reading; these share them, so they run side by side, after the publishing ones.
 * - `crowd`: opens so many connections, or sends such requests, that others would feel it; alone.
 * - `process`: has a process of its own, to measure or to end it; alone.
 * - `passive`: judges what all the others saw; last.
 */
export const phases = [
  'soak',
  'quiet',
  'connections',
  'counting',
  'publishing',
  'stall',
  'crowd',
  'process',
  'passive',
] as const;
export type Phase = (typeof phases)[number];

/** One thing that a server of event streams must, should or may do. */
export interface Rule {
  /** `area/what-must-hold`; stable for ever once released. */
  readonly id: `${Area}/${string}`;
  /** The catalogue's short name, for talking about it. */
  readonly code: string;
  readonly level: Level;
  /** A few words for lists. */
  readonly title: string;
  /** The sentence that must hold. */
  readonly statement: string;
  readonly spec: readonly [SpecReference, ...SpecReference[]];
  readonly access: readonly Access[];
  /** Only looks at the process, so that one which the harness did not start serves as well. */
  readonly onlyWatches?: boolean;
  /** Without `stats`, the sockets that the kernel shows on the server's port may stand in for its own count. */
  readonly socketsSuffice?: boolean;
  /** Plays histories of commands, so that a run can do those of a replay file again. */
  readonly playsHistories?: boolean;
  /** Does the restarts of a replay file as well, where the target can be started. */
  readonly playsRestarts?: true;
  /** Plays the population that the run is given as well. */
  readonly playsPopulations?: true;
  /** Judged only where the server promises one of these. */
  readonly profiles?: readonly Profile[];
  readonly phase: Phase;
  /** Could hurt a server, so beyond loopback it runs only with `--disruptive`. */
  readonly disruptive?: boolean;
  /** Longest time that the rule may take, in ms; default 60,000. Waiting rules derive it from the bounds. */
  readonly budgetMs?: (context: Pick<RuleContext, 'bounds' | 'effort' | 'target' | 'population' | 'replay'>) => number;
  readonly judge: (context: RuleContext) => Promise<Judgement>;
}

/** The area that a rule's id begins with. */
export function areaOf<A extends string>({ id }: { readonly id: `${A}/${string}` }): A {
  return id.slice(0, id.indexOf('/')) as A;
}
