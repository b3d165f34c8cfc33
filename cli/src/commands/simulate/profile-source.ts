import { SettingError } from '@ssert/protocol';
import { namedProfiles, type Profile, profileNamed, readProfile } from '@ssert/simulator';
import { textOf, wrongIn } from '../../named-file.ts';
import { UsageError } from '../../usage-error.ts';

/** When a profile begins: a Monday at nine, so that a seed alone gives the same bytes. */
export const defaultStart = '2026-01-05T09:00:00Z';

/** The profile of that name, or in that file. @throws UsageError where there is neither */
export async function profileFrom(nameOrFile: string): Promise<Profile> {
  if (namedProfiles.some(({ name }) => name === nameOrFile)) return profileNamed(nameOrFile);
  if (!nameOrFile.endsWith('.json')) {
    const names = namedProfiles.map(({ name }) => name).join(' ');
    throw new UsageError(`there is no profile ${JSON.stringify(nameOrFile)}; give one of ${names}, or a .json file`);
  }
  const read = parsed(nameOrFile, await textOf(nameOrFile));
  try {
    return readProfile(read);
  } catch (error) {
    throw error instanceof SettingError ? wrongIn(nameOrFile, error) : error;
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is no JSON: ${(error as Error).message}`);
  }
}
