import { SettingError } from '@ssert/protocol';
import { type PresetName, presets } from './presets.ts';

/** What can be wrong with one way of a connection; 0 is a fault that does not happen. */
export interface WayFaults {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly bandwidthBytesPerS: number;
  readonly sliceBytes: number;
  readonly stallEveryMs: number;
  readonly stallMs: number;
  readonly corruptEveryBytes: number;
  readonly holdBytes: number;
  readonly holdForMs: number;
  readonly silentAtByte: number;
  readonly rstAtByte: number;
  readonly finAtByte: number;
}

/** How a connection can be ended: `fin` and `rst` to both sides, in the middle of what comes next, or by silence. */
export const cuts = ['rst', 'fin', 'mid-frame', 'silence'] as const;
export type Cut = (typeof cuts)[number];

/** What can be wrong with a connection as a whole. */
export interface ConnectionFaults {
  readonly lifeMs: number;
  readonly lifeEnds: Cut;
  readonly idleMs: number;
  readonly gzip: boolean;
  readonly maxConnections: number;
  readonly refuse: boolean;
  readonly share: number;
}

/** A bad network; `up` is the way from client to server, `down` the way of the stream. */
export interface Faults extends ConnectionFaults {
  readonly up: WayFaults;
  readonly down: WayFaults;
}

/** What a user gives: a preset, and what differs from it. */
export type GivenFaults = Partial<ConnectionFaults> & {
  readonly preset?: PresetName;
  readonly up?: Partial<WayFaults>;
  readonly down?: Partial<WayFaults>;
};

/** One line of the tables that flags, help and documentation are made from. */
export type FaultSetting = { readonly meaning: string } & (
  | { readonly kind: 'number'; readonly max: number; readonly unit?: 'ms' | 'bytes' }
  | { readonly kind: 'share' | 'switch' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
);

const longestMs = 86_400_000;
const time = (meaning: string): FaultSetting => ({ kind: 'number', unit: 'ms', max: longestMs, meaning });
const size = (meaning: string, max: number = Number.MAX_SAFE_INTEGER): FaultSetting => {
  return { kind: 'number', unit: 'bytes', max, meaning };
};

export const wayFaults: Readonly<Record<keyof WayFaults, FaultSetting>> = {
  latencyMs: time('Bytes arrive so much later.'),
  jitterMs: time('And by chance up to so much later still; their order stays.'),
  bandwidthBytesPerS: size('Bytes that pass in a second.'),
  sliceBytes: size('Bytes arrive in pieces of 1 to so many, a millisecond apart, wherever that cuts a frame.', 65_536),
  stallEveryMs: time('Nothing passes for a while, again and again: the mean time from one stall to the next.'),
  stallMs: time('How long a stall lasts.'),
  corruptEveryBytes: size('Flips a bit in one of so many bytes on average.'),
  holdBytes: size('A buffering proxy: bytes pass once there are so many.', 16 * 1024 ** 2),
  holdForMs: time('A buffering proxy: bytes pass once the first has waited so long, or 64 KiB have come.'),
  silentAtByte: size('From this byte on nothing passes, and neither does an end: the connection stays.'),
  rstAtByte: size('Cuts the connection by RST at this byte.'),
  finAtByte: size('Ends the connection by FIN at this byte, wherever that is in a frame.'),
};

export const connectionFaults: Readonly<Record<keyof ConnectionFaults, FaultSetting>> = {
  lifeMs: time('The mean life of a connection, drawn for each.'),
  lifeEnds: { kind: 'choice', choices: cuts, meaning: 'How such a life ends. Default rst.' },
  idleMs: time('Ends a connection on which no byte has passed for so long, as proxies do.'),
  gzip: {
    kind: 'switch',
    meaning: 'Compresses text for clients that take gzip and flushes nothing until its buffer is full.',
  },
  maxConnections: { kind: 'number', max: 1_000_000, meaning: 'Connections open at once; further ones are reset.' },
  refuse: { kind: 'switch', meaning: 'Resets every new connection: an outage.' },
  share: { kind: 'share', meaning: 'The share of the connections that all this befalls.' },
};

const calmWay = Object.fromEntries(Object.keys(wayFaults).map((name) => [name, 0])) as unknown as WayFaults;

/** A network without fault. */
export const calm: Faults = {
  up: calmWay,
  down: calmWay,
  lifeMs: 0,
  lifeEnds: 'rst',
  idleMs: 0,
  gzip: false,
  maxConnections: 0,
  refuse: false,
  share: 1,
};

/**
 * Every fault, what was not given taken from the preset, or off.
 * @param given from a program, a scenario file or over HTTP
 * @throws SettingError that names the fault, such as `down.latencyMs`
 */
export function resolveFaults(given: unknown): Faults {
  const { preset, up, down, ...others } = asObject('faults', given);
  if (preset !== undefined && !Object.hasOwn(presets, String(preset))) {
    throw new SettingError('preset', preset, `one of ${Object.keys(presets).join(' ')}`);
  }
  const base: GivenFaults = preset === undefined ? {} : presets[preset as PresetName];
  const way = (name: 'up' | 'down', own: unknown): WayFaults => ({
    ...calmWay,
    ...base[name],
    ...checked(asObject(name, own ?? {}), wayFaults, `${name}.`),
  });
  const faults: Faults = {
    ...calm,
    ...base,
    ...checked(others, connectionFaults, ''),
    up: way('up', up),
    down: way('down', down),
  };
  for (const name of ['up', 'down'] as const) {
    const { stallEveryMs, stallMs } = faults[name];
    if (stallEveryMs > 0 && stallMs === 0) throw new SettingError(`${name}.stallMs`, 0, 'how long its stalls last');
    if (stallEveryMs === 0 && stallMs > 0) throw new SettingError(`${name}.stallEveryMs`, 0, 'the time between stalls');
  }
  return faults;
}

function asObject(name: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SettingError(name, JSON.stringify(value), 'an object such as {"down": {"latencyMs": 100}}');
}

function checked(
  given: Readonly<Record<string, unknown>>,
  table: Readonly<Record<string, FaultSetting>>,
  prefix: string,
): Record<string, unknown> {
  for (const [name, value] of Object.entries(given)) {
    const setting = Object.hasOwn(table, name) ? table[name] : undefined;
    if (setting === undefined) {
      throw new SettingError(
        `${prefix}${name}`,
        JSON.stringify(value),
        `one of ${Object.keys(table).join(' ')} instead`,
      );
    }
    const allowed = complaint(setting, value);
    if (allowed !== undefined) throw new SettingError(`${prefix}${name}`, value, allowed);
  }
  return { ...given };
}

/** What to give in place of the value; undefined where it can be used. */
function complaint(setting: FaultSetting, value: unknown): string | undefined {
  switch (setting.kind) {
    case 'number': {
      const unit = setting.unit === undefined ? '' : ` of ${setting.unit}`;
      const fits = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= setting.max;
      return fits ? undefined : `a whole number${unit} from 0, which is none, to ${setting.max}`;
    }
    case 'share':
      return typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'a number from 0 to 1';
    case 'switch':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'choice':
      return setting.choices.some((choice) => choice === value) ? undefined : `one of ${setting.choices.join(' ')}`;
  }
}
