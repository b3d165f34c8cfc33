/**
 * Runs every `sh` block of the README from the root, each as one script; what a script leaves in the background is ended
 * with it. The two blocks that begin with `npm ci` are left to `.ci/run`, which runs the same commands.
 *
 *     node test/readme-commands.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const gate = readFileSync(join(root, '.ci/run'), 'utf8');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
if (blocks.length === 0) throw new Error('README.md has no sh block');

for (const block of blocks) {
  const installing = /^npm ci && (npm .*)$/m.exec(block);
  if (installing) {
    const command = installing[1]?.split('#')[0]?.trim() ?? '';
    if (!gate.includes(command)) throw new Error(`.ci/run does not run "${command}", which README.md shows`);
    continue;
  }
  process.stdout.write(`--- README.md\n${block}`);
  await runScript(`set -eo pipefail\n${block}`);
}

/** In a process group of its own, as a command that npx started is no child of the shell's: the group ends with it. */
async function runScript(script: string): Promise<void> {
  const shell = spawn('bash', ['-c', script], { cwd: root, stdio: 'inherit', detached: true });
  await once(shell, 'spawn');
  const timer = setTimeout(() => endGroup(shell.pid as number), 600_000);
  const [status, signal] = (await once(shell, 'exit')) as [number | null, string | null];
  clearTimeout(timer);
  endGroup(shell.pid as number);
  if (status !== 0) throw new Error(`a command of README.md ended with ${signal ?? `exit ${status}`}`);
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGTERM');
  } catch {
    // Nobody of it is left.
  }
}
