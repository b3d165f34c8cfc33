import { type GivenLoad, type LoadName, type LoadSetting, loadSettings } from '@ssert/bench';
import { parseQuantity } from '@ssert/conformance/settings';
import type { Flag, GivenFlags } from './flags.ts';
import { UsageError } from './usage-error.ts';

const group = 'The load';

/** `settleMinMs` is `--settle-min`. */
function flagName(name: string): string {
  return name.replace(/Ms$|Bytes$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const names = Object.keys(loadSettings) as LoadName[];

/** Flags of the load, made from its settings. */
export const loadFlags: Readonly<Record<string, Flag>> = {
  ...Object.fromEntries(names.map((name) => [flagName(name), flagOf(loadSettings[name])])),
  spacing: { value: 'even|poisson', group, meaning: 'Of publishes and connects. Default even.' },
  'lifetime-law': { value: 'LAW', group, meaning: 'churn, soak: exponential or lognormal. Default exponential.' },
  jitter: { value: 'none|full', group, meaning: 'herd: how clients spread their waits. Default none.' },
  seed: { value: 'N', group, meaning: 'Repeats the choices of an earlier run.' },
};

function flagOf(setting: LoadSetting): Flag {
  const value = setting.unit === 'ms' ? 'TIME' : setting.unit === 'bytes' ? 'SIZE' : 'N';
  const byDefault = setting.unit === 'ms' ? `${setting.default / 1000}s` : String(setting.default);
  return { value, group, meaning: `${setting.meaning} Default ${byDefault}.` };
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
