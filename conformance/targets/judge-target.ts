/**
 * Judges one target of this folder and writes what was found as JSON: a process of its own for each target, so that
 * those judged side by side share no event loop.
 *
 *     node --conditions=@ssert/source conformance/targets/judge-target.ts NAME --output FILE [--quick] [--seed N]
 */
import { judgeOne } from '../matrix/judge-one.ts';
import { judge } from './judging.ts';
import { loadTarget } from './preparation.ts';

await judgeOne(async (name, options) => judge(name, (await loadTarget(name)).definition, options));
