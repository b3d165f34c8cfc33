import { SettingError } from '@ssert/protocol';

export type BoundName =
  | 'open'
  | 'event'
  | 'idle-hard'
  | 'idle-soft'
  | 'life'
  | 'gone'
  | 'silent'
  | 'stall'
  | 'stall-memory'
  | 'stop'
  | 'revoked'
  | 'window';

/** One row of the table of bounds. */
export interface Bound {
  /** The default. */
  readonly value: number;
  readonly unit: 'ms' | 'bytes' | 'events';
  readonly meaning: string;
}

/**
 * The limits that rules judge by. Each is an option: `--bound NAME=VALUE`, or `bounds` in a target file.
 * Times are in ms, memory in bytes, `window` in events.
 */
export const boundTable: Readonly<Record<BoundName, Bound>> = {
  open: { value: 1000, unit: 'ms', meaning: 'from the request to the end of the response header block' },
  event: { value: 250, unit: 'ms', meaning: 'from an accepted publish to the parsed event' },
  'idle-hard': { value: 55_000, unit: 'ms', meaning: 'the longest silence on an idle stream' },
  'idle-soft': { value: 20_000, unit: 'ms', meaning: 'the silence on an idle stream above which there is a warning' },
  life: { value: 125_000, unit: 'ms', meaning: 'how long a healthy stream must survive' },
  gone: { value: 2000, unit: 'ms', meaning: 'from a client leaving to its listener being gone' },
  silent: { value: 120_000, unit: 'ms', meaning: 'from a peer vanishing without a word to its listener being gone' },
  stall: { value: 60_000, unit: 'ms', meaning: 'how long the fate of a stalled reader may stay open' },
  'stall-memory': { value: 32 * 1024 * 1024, unit: 'bytes', meaning: 'memory that one stalled reader may hold' },
  stop: { value: 10_000, unit: 'ms', meaning: 'from SIGTERM to the end of the process' },
  revoked: { value: 60_000, unit: 'ms', meaning: 'from a revoked credential to the last event that it gets' },
  window: { value: 4, unit: 'events', meaning: 'events that may be under way to the slowest client at once' },
};

export type Bounds = Readonly<Record<BoundName, number>>;

export const defaultBounds: Bounds = Object.fromEntries(
  Object.entries(boundTable).map(([name, { value }]) => [name, value]),
) as Bounds;

const units: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ms: { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 },
  bytes: { b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, kb: 1000, mb: 1e6, gb: 1e9 },
  events: {},
};

/**
 * Reads a quantity as a person writes it: `10s`, `250ms`, `32MiB`; a bare number is in `unit` itself.
 * @param setting the setting's name, for the error
 * @throws SettingError that names the setting
 */
export function parseQuantity(setting: string, text: string, unit: Bound['unit']): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const scale = match?.[2] === '' ? 1 : units[unit]?.[match?.[2]?.toLowerCase() ?? ''];
  const value = match && scale !== undefined ? Number(match[1]) * scale : Number.NaN;
  if (!(value > 0)) {
    const example = unit === 'ms' ? '10s or 250ms' : unit === 'bytes' ? '32MiB' : '4';
    throw new SettingError(setting, text, `a positive number with its unit, such as ${example}`);
  }
  return value;
}

/**
 * Reads one `NAME=VALUE`.
 * @throws SettingError where the name is unknown or the value cannot be used
 */
export function parseBoundAssignment(text: string): readonly [BoundName, number] {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0));
  if (!Object.hasOwn(boundTable, name)) {
    throw new SettingError('--bound', text, `NAME=VALUE with one of ${Object.keys(boundTable).join(' ')}`);
  }
  return [name as BoundName, parseQuantity(`--bound ${name}`, text.slice(at + 1), boundTable[name as BoundName].unit)];
}
