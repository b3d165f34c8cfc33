import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;

/** Compiles the floor and the reader into the folder. */
export function buildPrograms(folder: string): void {
  compile(join(folder, 'floor'), [join(here, 'floor.c')]);
  compile(join(folder, 'reader'), globSync(join(here, 'reader/*.c')));
}

function compile(output: string, sources: readonly string[]): void {
  const { error, status, stderr } = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-o', output, ...sources], {
    encoding: 'utf8',
  });
  if (error) throw new Error('the benchmark needs a C compiler: install one that is called cc', { cause: error });
  if (status !== 0) throw new Error(`cc failed: ${stderr}`);
}
