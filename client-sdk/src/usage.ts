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
  decode: { connected: json, usage: usageRecords },
  watchdogMs: 45_000,
};

/** @throws SyntaxError for what is no JSON, TypeError for what is no array of usage records */
function usageRecords(data: string): readonly UsageRecord[] {
  const records = json<unknown>(data);
  if (!Array.isArray(records) || !records.every(isUsageRecord))
    throw new TypeError('expected an array of usage records');
  return records;
}

function isUsageRecord(value: unknown): value is UsageRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { id, creditsUsed, createdAt } = value as Partial<UsageRecord>;
  return Number.isInteger(id) && typeof creditsUsed === 'number' && typeof createdAt === 'string';
}
