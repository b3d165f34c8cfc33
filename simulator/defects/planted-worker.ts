/** Plays seeds with one defect planted in the sources that this thread loads, until a run does not pass. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { PlantedDefect } from './defects.ts';

/** What the thread is given. */
export interface Task {
  readonly defect: PlantedDefect;
  readonly seeds: number;
}

/** What it tells: each seed as it begins, and what came of them. */
export type Told = { readonly began: number } | { readonly found: string | undefined; readonly seed: number };

const { defect, seeds } = workerData as Task;
const path = join(import.meta.dirname, '../..', defect.file);
const planted = pathToFileURL(path).href;
const source = readFileSync(path, 'utf8');
if (source.split(defect.find).length !== 2) throw new Error(`${defect.file} does not hold this once: ${defect.find}`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url.split('?')[0] !== planted) return loaded;
    return { ...loaded, source: source.replace(defect.find, () => defect.replace) };
  },
});

const { drawScenario } = await import('../src/simulation/draw-scenario.ts');
const { wordsOf } = await import('../src/simulation/outcome.ts');
const { simulate } = await import('../src/simulation/simulate.ts');
const tell = (told: Told): void => parentPort?.postMessage(told);

let seed = 1;
let found: string | undefined;
for (; seed <= seeds && found === undefined; seed += 1) {
  tell({ began: seed });
  const outcome = await simulate(drawScenario(seed));
  if (outcome.result !== 'passed') found = wordsOf(outcome).replace(/^seed \d+: /, '');
}
tell({ found, seed: seed - 1 });
