import type { Level } from '../rule.ts';
import type { SpecReference } from '../spec.ts';
import { fail, type Judgement, warn } from '../verdict.ts';
import type { Capability } from './adapter.ts';
import type { ClientContext } from './context.ts';

/** Areas of client rules, in the order of reports. */
export const clientAreas = ['parse', 'http', 'reconnect', 'lifecycle', 'limits'] as const;
export type ClientArea = (typeof clientAreas)[number];

/** One thing that a client of event streams must, should or may do. */
export interface ClientRule {
  /** `area/what-must-hold`; stable for ever once released. */
  readonly id: `${ClientArea}/${string}`;
  /** The catalogue's short name, for talking about it. */
  readonly code: string;
  readonly level: Level;
  /** A few words for lists. */
  readonly title: string;
  /** The sentence that must hold. */
  readonly statement: string;
  readonly spec: readonly [SpecReference, ...SpecReference[]];
  /** Without one of these the rule is skipped. */
  readonly needs?: readonly Capability[];
  /** How long it watches the client at least, in ms; more than usual where it is given. */
  readonly lastsMs?: number;
  readonly judge: (context: ClientContext) => Promise<Judgement>;
}

/** What a breach of a rule of this level is. */
export function faultOf(level: Level): typeof fail {
  return level === 'MUST' ? fail : warn;
}
