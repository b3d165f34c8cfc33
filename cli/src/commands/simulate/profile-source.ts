import { readFile } from 'node:fs/promises';
import { namedProfiles, type Profile, profileNamed, readProfile } from '@ssert/simulator';
import { UsageError } from '../../usage-error.ts';

/** The profile of that name, or in that file. @throws UsageError where there is neither */
export async function profileFrom(nameOrFile: string): Promise<Profile> {
  if (namedProfiles.some(({ name }) => name === nameOrFile)) return profileNamed(nameOrFile);
  if (!nameOrFile.endsWith('.json')) {
    const names = namedProfiles.map(({ name }) => name).join(' ');
    throw new UsageError(`there is no profile ${JSON.stringify(nameOrFile)}; give one of ${names}, or a .json file`);
  }
  return readProfile(parsed(nameOrFile, await textOf(nameOrFile)));
}

/** The text of a file that a person named. @throws UsageError where it cannot be read */
export async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is no JSON: ${(error as Error).message}`);
  }
}
