import { Worker } from 'node:worker_threads';
import type { PlantedDefect } from './defects.ts';
import type { Task, Told } from './planted-worker.ts';

/** Time without a new seed after which a run counts as one that never ends. */
const hangMs = 30_000;

/** Whether the simulation notices a defect, by which seed, and how. */
export interface Search {
  readonly defect: PlantedDefect;
  /** Undefined where no seed noticed. */
  readonly found: string | undefined;
  /** The first that noticed, counted from 1: as many were needed. */
  readonly seed: number;
}

/** Plays seeds 1, 2, 3 and on with a defect planted, in a thread of its own, until one does not pass. */
export async function findDefect(defect: PlantedDefect, seeds: number): Promise<Search> {
  const task: Task = { defect, seeds };
  const worker = new Worker(new URL('./planted-worker.ts', import.meta.url), {
    workerData: task,
    execArgv: ['--conditions=@ssert/source'],
  });
  let seed = 0;
  let watch: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Search>((resolve, reject) => {
      const hangs = (): void => resolve({ defect, found: 'the run never ends', seed });
      worker.on('message', (told: Told) => {
        clearTimeout(watch);
        if ('found' in told) return resolve({ defect, ...told });
        seed = told.began;
        watch = setTimeout(hangs, hangMs);
      });
      worker.on('error', (error) => {
        // Before the first seed it is ours.
        if (seed === 0) reject(error);
        else resolve({ defect, found: `thrown: ${error.message}`, seed });
      });
    });
  } finally {
    clearTimeout(watch);
    await worker.terminate();
  }
}
