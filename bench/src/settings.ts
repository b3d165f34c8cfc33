import { SettingError } from '@ssert/protocol';
import { type ScenarioName, scenarioNames } from './results/bench-result.ts';

/** A number that says how much load there is, and of what shape. */
export interface LoadSetting {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit?: 'ms' | 'bytes';
  readonly whole?: true;
  /** Those that it makes a difference to; default all. */
  readonly scenarios?: readonly ScenarioName[];
  /** One sentence of help. */
  readonly meaning: string;
}

export type LoadName =
  | 'streams'
  | 'topics'
  | 'rate'
  | 'durationMs'
  | 'payloadBytes'
  | 'connectRate'
  | 'holdMs'
  | 'settleMinMs'
  | 'settleMaxMs'
  | 'drainMs'
  | 'lifetimeMs'
  | 'resuming'
  | 'resets'
  | 'abortsInHead'
  | 'slow'
  | 'slowBytesPerS'
  | 'stalled'
  | 'timeScale'
  | 'amplitude'
  | 'killAtMs'
  | 'downMs'
  | 'restMs';

const many = Number.MAX_SAFE_INTEGER;
const day = 86_400_000;
/** In which clients leave and others come. */
const leaving: readonly ScenarioName[] = ['churn', 'soak'];
const publishing = scenarioNames.filter((name) => name !== 'storm');

/** Every setting of a load: the command line makes flags and help of it. */
export const loadSettings: Readonly<Record<LoadName, LoadSetting>> = {
  streams: { default: 100, min: 1, max: 10_000_000, whole: true, meaning: 'Streams that are held.' },
  topics: { default: 1, min: 1, max: 65_535, whole: true, meaning: 'Topics; stream i has topic i modulo T.' },
  rate: {
    default: 10,
    min: 0,
    max: 1e6,
    scenarios: publishing.filter((name) => name !== 'burst'),
    meaning: 'Publishes a second on each topic.',
  },
  durationMs: {
    default: 60_000,
    min: 500,
    max: 7 * day,
    unit: 'ms',
    scenarios: publishing,
    meaning: 'How long is measured.',
  },
  payloadBytes: { default: 256, min: 52, max: 16_000_000, unit: 'bytes', whole: true, meaning: 'Data of an event.' },
  connectRate: { default: 500, min: 0.1, max: 1e6, meaning: 'Connects a second.' },
  holdMs: {
    default: 30_000,
    min: 0,
    max: day,
    unit: 'ms',
    scenarios: ['storm'],
    meaning: 'How long the streams are held.',
  },
  settleMinMs: {
    default: 10_000,
    min: 0,
    max: day,
    unit: 'ms',
    meaning: 'Least time from the first publish to what is measured.',
  },
  settleMaxMs: { default: 120_000, min: 0, max: day, unit: 'ms', meaning: 'Longest wait for a steady state.' },
  drainMs: { default: 10_000, min: 0, max: day, unit: 'ms', meaning: 'Longest wait for what was published last.' },
  lifetimeMs: {
    default: 60_000,
    min: 1,
    max: 7 * day,
    unit: 'ms',
    scenarios: leaving,
    meaning: 'Mean time that a client stays.',
  },
  resuming: {
    default: 0.5,
    min: 0,
    max: 1,
    scenarios: leaving,
    meaning: 'Share of leaving clients that come back with Last-Event-ID.',
  },
  resets: {
    default: 0.2,
    min: 0,
    max: 1,
    scenarios: leaving,
    meaning: 'Share of clients that leave by a reset; over TLS and HTTP/2 nobody does.',
  },
  abortsInHead: {
    default: 0.05,
    min: 0,
    max: 1,
    scenarios: leaving,
    meaning: 'Share that leave before the response begins.',
  },
  slow: { default: 0.05, min: 0, max: 1, scenarios: ['slow'], meaning: 'Share of the streams that read slowly.' },
  slowBytesPerS: {
    default: 1024,
    min: 1,
    max: many,
    unit: 'bytes',
    scenarios: ['slow'],
    meaning: 'Bytes a second that they read.',
  },
  stalled: { default: 0.01, min: 0, max: 1, scenarios: ['slow'], meaning: 'Share of the streams that stop reading.' },
  timeScale: {
    default: 1,
    min: 1e-6,
    max: 1e6,
    scenarios: ['burst'],
    meaning: 'How much faster the profile is played.',
  },
  amplitude: {
    default: 1,
    min: 1,
    max: 1e6,
    whole: true,
    scenarios: ['burst'],
    meaning: 'Publishes for each of the profile.',
  },
  killAtMs: {
    default: 10_000,
    min: 0,
    max: day,
    unit: 'ms',
    scenarios: ['herd'],
    meaning: 'When the server is killed, from the begin of what is measured.',
  },
  downMs: { default: 2000, min: 0, max: day, unit: 'ms', scenarios: ['herd'], meaning: 'How long it is down.' },
  restMs: {
    default: 60_000,
    min: 0,
    max: day,
    unit: 'ms',
    scenarios: ['soak'],
    meaning: 'Rest behind each cycle, before what is left is counted.',
  },
};

/** How much load there is, and of what shape. */
export interface Load extends Readonly<Record<LoadName, number>> {
  /** Between publishes on a topic, and between connects. */
  readonly spacing: 'even' | 'poisson';
  readonly lifetimeLaw: 'exponential' | 'lognormal';
  /** herd: how clients spread the time that they wait. */
  readonly jitter: 'none' | 'full';
  readonly seed: number;
}

export type GivenLoad = Partial<Load>;

/** The load with its defaults. @throws SettingError that names the setting */
export function resolveLoad(given: GivenLoad): Load {
  const numbers = Object.entries<LoadSetting>(loadSettings).map(([name, setting]) => {
    const value = given[name as LoadName] ?? setting.default;
    const fits = value >= setting.min && value <= setting.max && (!setting.whole || Number.isInteger(value));
    const kind = setting.whole ? 'a whole number' : 'a number';
    if (!fits) throw new SettingError(name, value, `${kind} from ${setting.min} to ${setting.max}`);
    return [name, value];
  });
  const { spacing = 'even', lifetimeLaw = 'exponential', jitter = 'none', seed = 1 } = given;
  return { ...(Object.fromEntries(numbers) as Record<LoadName, number>), spacing, lifetimeLaw, jitter, seed };
}
