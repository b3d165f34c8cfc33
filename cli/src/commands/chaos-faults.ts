import { parseQuantity } from '@ssert/conformance/settings';
import { SettingError } from '@ssert/protocol';
import {
  type ChaosOptions,
  connectionFaults,
  type FaultSetting,
  type PresetName,
  presets,
  resolveFaults,
  wayFaults,
} from '@ssert/simulator';
import type { Flag, GivenFlags } from '../flags.ts';

type Way = 'up' | 'down';

const faults = [
  ...Object.entries(wayFaults).map(([name, setting]) => ({ name, setting, perWay: true })),
  ...Object.entries(connectionFaults).map(([name, setting]) => ({ name, setting, perWay: false })),
].map((fault) => ({ ...fault, flag: flagName(fault.name) }));

export const presetNames: readonly PresetName[] = Object.keys(presets) as PresetName[];

/** The faults of a network, each with the flag that is made from it. */
export const faultFlags: Readonly<Record<string, Flag>> = Object.fromEntries(
  faults.map(({ flag, setting, perWay }) => [flag, faultFlag(setting, perWay)]),
);

/** What the flags say is wrong with a network. @throws UsageError, SettingError that name the flag */
export function faultsOf(given: GivenFlags<Record<string, Flag>>): NonNullable<ChaosOptions['faults']> {
  const ways: Record<Way, Record<string, unknown>> = { up: {}, down: {} };
  const whole: Record<string, unknown> = {};
  for (const { name, flag, setting, perWay } of faults) {
    if (!perWay && given.has(flag)) whole[name] = faultValue(flag, given.text(flag) ?? '', setting);
    for (const text of perWay ? given.all(flag) : []) {
      const [, way = 'down', value = ''] = /^(?:(up|down|both):)?(.*)$/s.exec(text) ?? [];
      for (const one of way === 'both' ? (['up', 'down'] as const) : [way as Way]) {
        ways[one][name] = faultValue(flag, value, setting);
      }
    }
  }
  const preset = given.choice('preset', presetNames);
  const all = { ...(preset === undefined ? {} : { preset }), ...whole, ...ways };
  try {
    resolveFaults(all);
  } catch (error) {
    throw inFlags(error);
  }
  return all;
}

/**
 * What a flag says; the text itself where that is no value of its kind, so that it is refused as it was given.
 * @throws SettingError that names the flag, where a quantity cannot be read
 */
function faultValue(flag: string, text: string, setting: FaultSetting): unknown {
  switch (setting.kind) {
    case 'switch':
      return true;
    case 'choice':
      return text;
    case 'share':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'number':
      if (setting.unit !== undefined && text !== '0') return Math.round(parseQuantity(`--${flag}`, text, setting.unit));
      return /^\d+$/.test(text) ? Number(text) : text;
  }
}

/** The error in terms of flags, where it is one about them. */
export function inFlags(error: unknown): unknown {
  if (!(error instanceof SettingError)) return error;
  const fault = faults.find(({ name }) => name === error.setting.replace(/^(up|down)\./, ''));
  return fault ? new SettingError(`--${fault.flag}`, error.value, error.allowed) : error;
}

/** `latencyMs` is `--latency`. */
function flagName(fault: string): string {
  return fault.replace(/(BytesPerS|Bytes|Ms)$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function faultFlag(setting: FaultSetting, perWay: boolean): Flag {
  const { meaning } = setting;
  const group = perWay ? 'Faults of a way, with up: down: or both: in front' : 'Faults of a connection';
  const way = perWay ? ({ repeatable: true } as const) : {};
  switch (setting.kind) {
    case 'switch':
      return { meaning, group };
    case 'choice':
      return { value: 'HOW', meaning: `${meaning} One of ${setting.choices.join(' ')}.`, group };
    case 'share':
      return { value: 'SHARE', meaning: `${meaning} From 0 to 1.`, group };
    case 'number':
      return {
        value: setting.unit === 'ms' ? 'TIME' : setting.unit === 'bytes' ? 'SIZE' : 'N',
        meaning,
        group,
        ...way,
      };
  }
}
