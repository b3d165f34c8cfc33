import { SettingError } from '@ssert/protocol';
import { unfit } from '../schema/unfit.ts';
import { namedProfiles } from './named.ts';
import type { Profile } from './profile.ts';
import { profileSchema } from './profile-schema.ts';

/** @throws SettingError where no profile has that name */
export function profileNamed(name: string): Profile {
  const found = namedProfiles.find((profile) => profile.name === name);
  if (found) return found;
  throw new SettingError('profile', name, `one of ${namedProfiles.map((one) => one.name).join(' ')}`);
}

/**
 * Checks what was read from JSON.
 * @throws SettingError that names the field at fault, such as `arrivals.gate.off.shape`
 */
export function readProfile(value: unknown): Profile {
  const { data, error } = profileSchema.safeParse(value, { reportInput: true });
  if (data) return data;
  throw unfit(error, 'profile', 'profile.schema.json');
}

/**
 * A profile with some of its parameters replaced.
 * @param overrides dotted paths, such as `arrivals.gate.off.scaleS` or `records.models.0.name`, with their values
 * @throws SettingError where the result is no profile
 */
export function withOverrides(profile: Profile, overrides: Iterable<readonly [path: string, value: unknown]>): Profile {
  const copy: unknown = structuredClone(profile);
  for (const [path, value] of overrides) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    let at = copy as Record<string, unknown>;
    for (const key of keys) {
      const next = Object.hasOwn(at, key) ? at[key] : {};
      if (typeof next !== 'object' || next === null) {
        throw new SettingError(path, value, `a path of the profile: ${key} has no parts`);
      }
      at[key] = next;
      at = next as Record<string, unknown>;
    }
    at[last] = value;
  }
  return readProfile(copy);
}
