import type { ReferenceServer } from '@ssert/server';
import { type Chaos, type PresetName, startChaos } from '@ssert/simulator';
import type { FlagTable, GivenFlags } from '../../flags.ts';
import { presetNames } from '../chaos-faults.ts';

export const networkFlags: FlagTable = {
  chaos: {
    value: 'PRESET',
    group: 'Bad network',
    meaning: `Puts a network in front, at a port of its own: ${presetNames.join(' ')}. ssert chaos can do more.`,
  },
};

/** The network that was asked for, by name; undefined where none was. @throws UsageError for one that is not there */
export function presetFrom(given: GivenFlags<FlagTable>): PresetName | undefined {
  return given.choice('chaos', presetNames);
}

/** Starts a bad network in front of the server. @throws SettingError where it cannot do that to TLS */
export function startNetwork(preset: PresetName, { url }: ReferenceServer): Promise<Chaos> {
  return startChaos({ target: url, faults: { preset } });
}
