import {
  type GivenLoad,
  type LoadName,
  type LoadSetting,
  loadSettings,
  type ScenarioName,
  scenarioNames,
} from '@ssert/bench';
import { parseQuantity } from '@ssert/conformance/settings';
import type { Flag, GivenFlags } from './flags.ts';
import { UsageError } from './usage-error.ts';

const group = 'The load';

/** `settleMinMs` is `--settle-min`. */
function flagName(name: string): string {
  return name.replace(/Ms$|Bytes$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const names = Object.keys(loadSettings) as LoadName[];

/** Flags that make a difference to these scenarios only. */
const scenariosOf: ReadonlyMap<string, readonly ScenarioName[]> = new Map<string, readonly ScenarioName[]>([
  ...names.map((name) => [flagName(name), loadSettings[name].scenarios ?? scenarioNames] as const),
  ['lifetime-law', ['churn', 'soak']],
  ['jitter', ['herd']],
  ['kill-cmd', ['herd']],
  ['start-cmd', ['herd']],
]);

/** Flags of the load, made from its settings. */
export const loadFlags: Readonly<Record<string, Flag>> = {
  ...Object.fromEntries(names.map((name) => [flagName(name), flagOf(flagName(name), loadSettings[name])])),
  spacing: { value: 'even|poisson', group, meaning: 'Of publishes and connects. Default even.' },
  'lifetime-law': {
    value: 'LAW',
    group,
    meaning: meaningFor('lifetime-law', 'Exponential or lognormal. Default exponential.'),
  },
  jitter: { value: 'none|full', group, meaning: meaningFor('jitter', 'How clients spread their waits. Default none.') },
  seed: { value: 'N', group, meaning: 'Repeats the choices of an earlier run.' },
};

function flagOf(flag: string, setting: LoadSetting): Flag {
  const value = setting.unit === 'ms' ? 'TIME' : setting.unit === 'bytes' ? 'SIZE' : 'N';
  const byDefault = setting.unit === 'ms' ? `${setting.default / 1000}s` : String(setting.default);
  return { value, group, meaning: meaningFor(flag, `${setting.meaning} Default ${byDefault}.`) };
}

/** The sentence with the scenarios that a flag is for, or those that it is not for. */
function meaningFor(flag: string, sentence: string): string {
  const used = scenariosOf.get(flag) ?? scenarioNames;
  if (used.length === scenarioNames.length) return sentence;
  const others = scenarioNames.filter((name) => !used.includes(name));
  return used.length < others.length
    ? `${used.join(', ')}: ${sentence}`
    : `${sentence} Not for ${others.join(' and ')}.`;
}

/** @throws UsageError that names a flag of the load which makes no difference to the scenario */
export function requireUsed(given: GivenFlags<Record<string, Flag>>, scenario: ScenarioName): void {
  for (const [flag, used] of scenariosOf) {
    if (!given.has(flag) || used.includes(scenario)) continue;
    throw new UsageError(
      `--${flag} makes no difference to --scenario ${scenario}; leave it out, or give one of ${used.join(' ')}`,
    );
  }
}

/** The load that the flags say. @param freshSeed where none is given @throws UsageError */
export function loadOf(given: GivenFlags<Record<string, Flag>>, freshSeed: number): GivenLoad {
  const numbers = names.flatMap((name): [LoadName, number][] => {
    const text = given.text(flagName(name));
    return text === undefined ? [] : [[name, numberOf(flagName(name), text, loadSettings[name])]];
  });
  const spacing = given.choice('spacing', ['even', 'poisson']);
  const lifetimeLaw = given.choice('lifetime-law', ['exponential', 'lognormal']);
  const jitter = given.choice('jitter', ['none', 'full']);
  return {
    ...(Object.fromEntries(numbers) as Partial<Record<LoadName, number>>),
    ...(spacing ? { spacing } : {}),
    ...(lifetimeLaw ? { lifetimeLaw } : {}),
    ...(jitter ? { jitter } : {}),
    seed: given.wholeNumber('seed', 0, 2 ** 31 - 1) ?? freshSeed,
  };
}

function numberOf(flag: string, text: string, setting: LoadSetting): number {
  const value =
    setting.unit === undefined || /^\d+$/.test(text)
      ? Number(setting.unit === 'ms' && text !== '0' ? Number.NaN : text)
      : parseQuantity(`--${flag}`, text, setting.unit);
  const fits = value >= setting.min && value <= setting.max && (!setting.whole || Number.isInteger(value));
  if (fits) return value;
  const example = setting.unit === 'ms' ? 'a time such as 60s' : `a number from ${setting.min} to ${setting.max}`;
  throw new UsageError(`--${flag} is ${JSON.stringify(text)}; give ${example}`);
}

/** A setting as its flag. */
export function benchFlagOf(setting: string): string {
  return flagName(setting);
}
