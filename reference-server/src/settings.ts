import { SettingError } from '@ssert/protocol';
import { largestEventBytes } from './event-feed.ts';
import type { SlowPolicy } from './subscriber.ts';

/** What the reference server can be told; {@link serverSettings} holds the defaults and says what each is for. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly events: boolean;
  readonly heartbeatMs: number;
  readonly heartbeatAs: 'comment' | 'event';
  readonly maxStreams: number;
  readonly queueEvents: number;
  readonly slowPolicy: SlowPolicy;
  readonly store: string;
  readonly storeEvents: number;
  readonly storeAgeMs: number;
  readonly replayEvents: number;
  readonly replayBytes: number;
  readonly storedRecords: number;
  readonly maxEventBytes: number;
  readonly publishRate: number;
  readonly publishToken: string;
  readonly allowedOrigins: readonly string[];
  readonly corsCredentials: boolean;
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly compress: boolean;
  readonly headerMs: number;
  readonly stallMs: number;
  readonly stopMs: number;
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
}

/** One line of the table that flags, help and documentation are made from. */
export type Setting = { readonly meaning: string } & (
  | {
      readonly kind: 'integer';
      readonly default: number;
      readonly min: number;
      readonly max: number;
      readonly unit?: 'ms' | 'bytes';
    }
  | {
      readonly kind: 'text';
      readonly default: string;
      /** Whether it may be empty, which is none. */
      readonly optional?: true;
    }
  /** Of the characters of a bearer token (RFC 6750 2.1); never shown. Empty is none, and cannot be given. */
  | { readonly kind: 'secret'; readonly default: '' }
  | { readonly kind: 'switch'; readonly default: boolean }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] }
  | { readonly kind: 'origins'; readonly default: readonly string[] }
);

export const serverSettings: Readonly<Record<keyof ServerSettings, Setting>> = {
  host: { kind: 'text', default: '127.0.0.1', meaning: 'Address to listen on.' },
  port: { kind: 'integer', default: 0, min: 0, max: 65_535, meaning: 'Port to listen on; 0 takes a free one.' },
  events: { kind: 'switch', default: false, meaning: 'Opens the generic channel at /events.' },
  heartbeatMs: {
    kind: 'integer',
    unit: 'ms',
    default: 15_000,
    min: 10,
    max: 600_000,
    meaning: 'Time between two heartbeats of a stream.',
  },
  heartbeatAs: {
    kind: 'choice',
    default: 'comment',
    choices: ['comment', 'event'],
    meaning: 'What a heartbeat is: a comment, or an event of type heartbeat without id.',
  },
  maxStreams: {
    kind: 'integer',
    default: 1000,
    min: 1,
    max: 1_000_000,
    meaning: 'Streams open at once; the next one is answered with 503.',
  },
  queueEvents: {
    kind: 'integer',
    default: 10,
    min: 1,
    max: 100_000,
    meaning: 'Events that wait for one slow stream; what happens to further ones is the policy.',
  },
  slowPolicy: {
    kind: 'choice',
    default: 'drop-newest',
    choices: ['drop-newest', 'drop-oldest', 'conflate', 'disconnect'],
    meaning: 'What a full queue does: drop an event, keep the latest of each type, or cut the stream.',
  },
  store: {
    kind: 'text',
    default: 'memory',
    meaning: 'Where events are kept for streams that resume: memory, a FILE.sqlite, or redis://HOST:PORT.',
  },
  storeEvents: {
    kind: 'integer',
    default: 100_000,
    min: 1,
    max: 100_000_000,
    meaning: 'Events of each channel that a store other than memory keeps; the oldest go first.',
  },
  storeAgeMs: {
    kind: 'integer',
    unit: 'ms',
    default: 604_800_000,
    min: 1000,
    max: 315_360_000_000,
    meaning: 'Age at which such a store lets events go, but for the newest.',
  },
  replayEvents: {
    kind: 'integer',
    default: 1000,
    min: 1,
    max: 1_000_000,
    meaning: 'Events that each channel keeps for streams that resume.',
  },
  replayBytes: {
    kind: 'integer',
    unit: 'bytes',
    default: 32 * 1024 * 1024,
    min: 1024,
    max: 16 * 1024 ** 3,
    meaning: 'Memory that those events may take in each channel.',
  },
  storedRecords: {
    kind: 'integer',
    default: 100_000,
    min: 1,
    max: 10_000_000,
    meaning: 'Usage records kept for the initial data of new streams.',
  },
  maxEventBytes: {
    kind: 'integer',
    unit: 'bytes',
    default: largestEventBytes,
    min: 1024,
    max: largestEventBytes,
    meaning: 'The largest event on the wire; a larger one is refused with 413.',
  },
  publishRate: {
    kind: 'integer',
    default: 0,
    min: 0,
    max: 1_000_000,
    meaning: 'Events a second that may be published, those of one second also at once; 0 sets no limit.',
  },
  publishToken: {
    kind: 'secret',
    default: '',
    meaning: 'Bearer token that publishing asks for.',
  },
  allowedOrigins: {
    kind: 'origins',
    default: [],
    meaning: 'Origins whose pages may read the streams; * allows every page, always without credentials.',
  },
  corsCredentials: {
    kind: 'switch',
    default: false,
    meaning: 'Lets the pages of the allowed origins send cookies and the like; not with *.',
  },
  tlsCert: {
    kind: 'text',
    optional: true,
    default: '',
    meaning: 'PEM file of the certificate, its chain included; serves HTTP/2 and HTTP/1.1 over TLS.',
  },
  tlsKey: { kind: 'text', optional: true, default: '', meaning: 'PEM file of the private key that goes with it.' },
  compress: {
    kind: 'switch',
    default: false,
    meaning: 'Compresses streams with gzip for clients that take it.',
  },
  headerMs: {
    kind: 'integer',
    unit: 'ms',
    default: 10_000,
    min: 100,
    max: 30_000,
    meaning: 'Time that a client may take for the head of a request, and for a TLS handshake.',
  },
  stallMs: {
    kind: 'integer',
    unit: 'ms',
    default: 60_000,
    min: 100,
    max: 86_400_000,
    meaning: 'Time after which a stream that takes no bytes is cut; looked at with each heartbeat.',
  },
  stopMs: {
    kind: 'integer',
    unit: 'ms',
    default: 5000,
    min: 0,
    max: 600_000,
    meaning: 'Time that a shutdown may take; streams end in its first half, and are cut at its end.',
  },
  logLevel: {
    kind: 'choice',
    default: 'info',
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
    meaning: 'Least severe line of the log on standard error.',
  },
};

/**
 * The settings with their defaults filled in; `undefined` counts as not given.
 * @throws SettingError that names the setting
 */
export function resolveSettings(
  given: {
    readonly [Name in keyof ServerSettings]?: ServerSettings[Name] | undefined;
  },
): ServerSettings {
  for (const name of Object.keys(given)) {
    if (!(name in serverSettings)) {
      throw new SettingError(name, 'not a setting', `one of ${Object.keys(serverSettings).join(' ')}`);
    }
  }
  const resolved = Object.entries(serverSettings).map(([name, setting]) => {
    const value: unknown = given[name as keyof ServerSettings];
    if (value === undefined || value === null) return [name, setting.default];
    const allowed = complaint(setting, value);
    const isSecret = setting.kind === 'secret' && value !== '';
    if (allowed !== undefined) throw new SettingError(name, isSecret ? '…' : value, allowed);
    return [name, value];
  });
  const settings = Object.fromEntries(resolved) as ServerSettings;
  requireConsistent(settings);
  return settings;
}

/** What no setting shows by itself. */
function requireConsistent({ allowedOrigins, corsCredentials, tlsCert, tlsKey }: ServerSettings): void {
  if (corsCredentials && (allowedOrigins.length === 0 || allowedOrigins.includes('*'))) {
    throw new SettingError('corsCredentials', true, 'it only with allowedOrigins that are named one by one, without *');
  }
  if ((tlsCert === '') === (tlsKey === '')) return;
  const [missing, given] = tlsCert === '' ? ['tlsCert', 'tlsKey'] : ['tlsKey', 'tlsCert'];
  throw new SettingError(missing, '', `a file that goes with ${given}, or neither`);
}

/** What to give in place of the value; undefined when it can be used. */
function complaint(setting: Setting, value: unknown): string | undefined {
  switch (setting.kind) {
    case 'integer': {
      const fits = Number.isInteger(value) && (value as number) >= setting.min && (value as number) <= setting.max;
      return fits ? undefined : `a whole number${unitOf(setting.unit)} from ${setting.min} to ${setting.max}`;
    }
    case 'text':
      return typeof value === 'string' && (value !== '' || setting.optional) ? undefined : 'text';
    case 'secret':
      if (value === '') return 'a token, or leave it away';
      return typeof value === 'string' && /^[A-Za-z0-9._~+/-]+=*$/.test(value)
        ? undefined
        : 'letters, digits and - . _ ~ + / alone, with = at the end if at all';
    case 'switch':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'choice':
      return setting.choices.some((choice) => choice === value) ? undefined : `one of ${setting.choices.join(' ')}`;
    case 'origins':
      return Array.isArray(value) && value.every(isOrigin)
        ? undefined
        : 'a list of origins as browsers write them, such as https://app.example, or *';
  }
}

function unitOf(unit: 'ms' | 'bytes' | undefined): string {
  return unit === undefined ? '' : ` of ${unit}`;
}

/** Compared with the Origin header as text, so only the form that browsers send can ever match. */
function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && (value === '*' || (URL.canParse(value) && new URL(value).origin === value));
}
