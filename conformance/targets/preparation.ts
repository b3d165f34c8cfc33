import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetDefinition } from '@ssert/conformance';
import type { Preparation } from '../matrix/preparation.ts';

export type { Preparation } from '../matrix/preparation.ts';

const folder: string = import.meta.dirname;

/** Most targets are Node apps that need no build. */
const usual: Preparation = { needs: ['npm'] };

/** Folders with a target file, the reference server first. */
export function targetNames(): string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'ssert.target.ts')))
    .sort((a, b) => Number(b === 'reference') - Number(a === 'reference') || a.localeCompare(b));
}

export async function loadTarget(
  name: string,
): Promise<{ readonly definition: TargetDefinition; readonly preparation: Preparation }> {
  const module = (await import(join(folder, name, 'ssert.target.ts'))) as {
    default: TargetDefinition;
    preparation?: Preparation;
  };
  return { definition: module.default, preparation: module.preparation ?? usual };
}
