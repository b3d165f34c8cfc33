import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RuleResult, RunEvent } from '@ssert/conformance';
import { systemClock } from '@ssert/protocol/system';
import { interruption, type Judged, type JudgeOptions } from './judged.ts';

/** Does what `NAME --output FILE [--quick] [--seed N]` on the command line asks for. */
export async function judgeOne(judge: (name: string, options: JudgeOptions) => Promise<Judged>): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      output: { type: 'string', default: '/dev/stdout' },
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: '7' },
    },
  });
  const [name = ''] = positionals;
  const { quick, seed, output } = values;
  const judged = await judge(name, { quick, seed: Number(seed), signal: interruption() });
  writeFileSync(output, JSON.stringify(judged));
}

/** Plays a run to its end. @param onEvent told of each event on the way */
export async function judgedBy(
  name: string,
  events: AsyncIterable<RunEvent>,
  onEvent: (event: RunEvent) => void = () => undefined,
): Promise<Judged> {
  const results: RuleResult[] = [];
  const startedAtMs = systemClock.now();
  let problem: string | undefined;
  for await (const event of events) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') problem = event.message;
    onEvent(event);
  }
  const durationMs = systemClock.now() - startedAtMs;
  return { name, results, durationMs, ...(problem === undefined ? {} : { problem }) };
}
