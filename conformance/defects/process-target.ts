import { join } from 'node:path';
import { systemClock } from '@ssert/protocol/system';
import { efforts, type RuleResult, run, serverRules, type TargetDefinition } from '../src/index.ts';
import type { TargetChanges } from './judge-defect.ts';
import { processReplay } from './process-variants.ts';

const mib = 1024 * 1024;

/**
 * A plain server as a target that the harness starts; small bounds keep the measuring short.
 * @param variant a word of `process-variants.ts`
 * @param folder where the server may keep what outlives it
 */
export function processTarget(variant = 'correct', folder = '', changes: TargetChanges = {}): TargetDefinition {
  const script = join(import.meta.dirname, 'start-plain-server.ts');
  const url = 'http://127.0.0.1:{port}';
  const promised: TargetDefinition = {
    stream: `${url}/stream`,
    publish: `${url}/publish`,
    stats: { url: `${url}/stats`, pointer: '/openStreams' },
    process: {
      start: `exec '${process.execPath}' --conditions=@ssert/source '${script}' {port} ${variant} '${folder}'`,
    },
    profile: ['live', 'browser', 'resumable'],
    replay: processReplay,
    bounds: { 'stall-memory': 12 * mib, stop: 1500 },
  };
  const changed = typeof changes === 'function' ? changes(url) : changes;
  const given = Object.entries({ ...promised, ...changed }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as TargetDefinition;
}

/** Rules that publish so much that they run only where they are asked for by their id. */
const slow = ['backpressure/bounded-memory', 'reconnect/bounded-replay'];

/** Judges a target by the rules that need a process of their own. */
export async function judgeProcess(definition: TargetDefinition, asked?: string): Promise<RuleResult[]> {
  const rules = serverRules.filter(({ id, phase }) => phase === 'process' && (id === asked || !slow.includes(id)));
  const chosen = asked !== undefined && slow.includes(asked) ? rules.filter(({ id }) => id === asked) : rules;
  const results: RuleResult[] = [];
  const options = { rules: chosen, clock: systemClock, seed: 1, effort: efforts.quick };
  for await (const event of run(definition, options)) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') throw new Error(event.message);
  }
  return results;
}
