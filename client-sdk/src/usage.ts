import { json } from './decoding.ts';
import type { EventStreamSettings } from './settings.ts';

/** One use of the service, as the reference server streams it. */
export interface UsageRecord {
  readonly id: number;
  readonly creditsUsed: number;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly model?: string;
}

/** What the usage stream sends. */
export type UsageEvents = {
  readonly connected: { readonly status: string };
  /** The initial data, and then what is new. */
  readonly usage: readonly UsageRecord[];
  /** The log no longer reaches back to where this client was: what it holds has a gap. */
  readonly reset: string;
  readonly heartbeat: string;
};

/** Settings that decode the usage stream and notice when it is dead: its server sends something every 15 s. */
export const usageSettings: EventStreamSettings<UsageEvents> = {
  decode: { connected: json, usage: json },
  watchdogMs: 45_000,
};
