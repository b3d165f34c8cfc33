/**
 * Judges one target of this folder and writes what was found as JSON: a process of its own for each target, so that
 * those judged side by side share no event loop.
 *
 *     node --conditions=@ssert/source conformance/targets/judge-target.ts NAME --output FILE [--quick] [--seed N]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { interruption } from '../matrix/judged.ts';
import { judge } from './judging.ts';
import { loadTarget } from './preparation.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', default: '/dev/stdout' },
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '7' },
  },
});
const [name = ''] = positionals;
const { definition } = await loadTarget(name);
const { quick, seed, output } = values;
const judged = await judge(name, definition, { quick, seed: Number(seed), signal: interruption() });
writeFileSync(output, JSON.stringify(judged));
