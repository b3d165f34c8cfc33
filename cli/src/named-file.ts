import { readFile, writeFile } from 'node:fs/promises';
import type { SettingError } from '@ssert/protocol';
import { UsageError } from './usage-error.ts';

/** The text of a file that a person named. @throws UsageError where it cannot be read */
export async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Writes a file that a person named by a flag. @throws UsageError where it cannot be written */
export async function writeNamed(flag: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new UsageError(`${flag} ${file} cannot be written: ${(error as Error).message}`);
  }
}

/** What is wrong in a file that a person named. */
export function wrongIn(file: string, { message, setting, value, allowed }: SettingError): UsageError {
  const missing = value === undefined && message.startsWith(`${setting} is undefined`);
  return new UsageError(`in ${file} ${missing ? `${setting} is missing; give ${allowed}` : message}`);
}
