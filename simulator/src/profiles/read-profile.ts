import { SettingError } from '@ssert/protocol';
import type { z } from 'zod';
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
  const [issue] = error.issues;
  if (!issue) throw new SettingError('profile', value, 'a profile');
  const [path, allowed] = whatToGive(issue);
  throw new SettingError(path || 'profile', short(issue.input), allowed);
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

function whatToGive(issue: z.core.$ZodIssue): readonly [path: string, allowed: string] {
  const path = issue.path.join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return [
        [path, issue.keys[0]].filter(Boolean).join('.'),
        'a field that profiles have; profile.schema.json lists them',
      ];
    case 'too_small':
      return [path, `a value ${issue.inclusive ? 'from' : 'above'} ${issue.minimum}${issue.inclusive ? ' up' : ''}`];
    case 'too_big':
      return [path, `a value ${issue.inclusive ? 'up to' : 'below'} ${issue.maximum}`];
    case 'invalid_value':
      return [path, `one of ${issue.values.join(' ')}`];
    case 'invalid_type':
      return [path, `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`];
    case 'invalid_union':
      return [path, 'one of the kinds that profile.schema.json lists'];
    default:
      return [path, issue.message];
  }
}

function short(value: unknown): unknown {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : undefined;
  return text && text.length > 60 ? `${text.slice(0, 59)}…` : (text ?? value);
}
