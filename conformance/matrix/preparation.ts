import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** What a server or a client under test stands on. */
export interface Preparation {
  /** Commands, or files by their absolute path. `npm` stands for the packages of the folder that all are in. */
  readonly needs: readonly string[];
  /** Shell command that makes it ready to start, in its own folder; soon done where nothing changed. */
  readonly build?: string;
  /** Takes so long to build or to judge that only `--all` includes it. */
  readonly onlyWithAll?: true;
}

/** What is needed and this machine lacks. */
export function lacking({ needs }: Preparation): string[] {
  const places = process.env.PATH?.split(delimiter) ?? [];
  return needs.filter((need) => !(need.startsWith('/') ? [''] : places).some((place) => existsSync(join(place, need))));
}

/**
 * Installs and builds what is needed to start.
 * @param folder its own, in the one whose packages `npm` stands for
 * @throws Error where that fails
 */
export function prepare({ needs, build }: Preparation, folder: string): void {
  const all = dirname(folder);
  if (needs.includes('npm') && !isInstalled(all)) execute('npm ci', all);
  if (build !== undefined) execute(build, folder);
}

/** Whether the packages were installed after the lock file last changed. */
function isInstalled(folder: string): boolean {
  const installed = join(folder, 'node_modules/.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs;
}

function execute(command: string, cwd: string): void {
  const { status } = spawnSync(command, { cwd, shell: true, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} failed in ${cwd}`);
}
