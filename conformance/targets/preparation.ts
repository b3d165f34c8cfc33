import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TargetDefinition } from '@ssert/conformance';

/** What a target's server stands on; its `ssert.target.ts` exports it as `preparation`. */
export interface Preparation {
  /** Commands, or files by their absolute path. `npm` stands for the packages of this folder. */
  readonly needs: readonly string[];
  /** Shell command that makes the server ready to start, in the target's folder; soon done where nothing changed. */
  readonly build?: string;
  /** Takes so long to build or to judge that only `--all` includes it. */
  readonly onlyWithAll?: true;
}

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

/** What a target needs and this machine lacks. */
export function lacking({ needs }: Preparation): string[] {
  const places = process.env.PATH?.split(delimiter) ?? [];
  return needs.filter((need) => !(need.startsWith('/') ? [''] : places).some((place) => existsSync(join(place, need))));
}

/** Installs and builds what a target needs to start. @throws Error where that fails */
export function prepare(name: string, { needs, build }: Preparation): void {
  if (needs.includes('npm') && !isInstalled()) execute('npm ci', folder);
  if (build !== undefined) execute(build, join(folder, name));
}

/** Whether the packages were installed after the lock file last changed. */
function isInstalled(): boolean {
  const installed = join(folder, 'node_modules/.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs;
}

function execute(command: string, cwd: string): void {
  const { status } = spawnSync(command, { cwd, shell: true, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} failed in ${cwd}`);
}
