import { type Saturation, type SaturationOptions, saturatePublish } from '@ssert/bench';
import { publishRequest, type Target } from '@ssert/conformance/access';
import { parseQuantity } from '@ssert/conformance/settings';
import { answersText, runClosedLoop } from '../closed-loop.ts';
import type { Command } from '../command.ts';
import { targetFlags } from '../describe-target.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { countText, timeText } from '../reporters/bench/figures.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const { publish, start, pid } = targetFlags;
const saturateFlags: Readonly<Record<string, Flag>> = {
  connections: { value: 'N', meaning: 'Connections that publish; default 10' },
  duration: { value: 'TIME', meaning: 'How long; default 10s' },
  payload: { value: 'SIZE', meaning: 'Data of an event; default 256B' },
  json: { meaning: 'Prints what was found as JSON' },
  ...{ publish, start, pid },
};
const example = 'ssert bench saturate http://localhost:4000/events --publish http://localhost:4000/events';

export const benchSaturateCommand: Command = {
  name: 'saturate',
  usage: 'bench saturate TARGET --publish URL [flags]',
  summary:
    'How many publishes a second a server takes: autocannon sends the next one when the last is answered, with no stream open. What comes on streams under load is for ssert bench.',
  flags: saturateFlags,
  examples: [[example, 'ten connections, ten seconds']],
  exitCodes: [
    [0, 'measured'],
    [2, 'wrong usage, what autocannon measures wrong included'],
    [3, 'no publish was taken, or this machine was busy with something else'],
    [130, 'interrupted after something was measured, which is told'],
  ],
  run: saturate,
};

async function saturate(given: GivenFlags<Record<string, Flag>>, terminal: Terminal): Promise<number> {
  const connections = given.wholeNumber('connections', 1) ?? 10;
  const durationMs = parseQuantity('--duration', given.text('duration') ?? '10s', 'ms');
  const payloadBytes = parseQuantity('--payload', given.text('payload') ?? '256', 'bytes');
  const request = ({ publish }: Target): SaturationOptions['request'] => {
    if (publish === undefined) throw new UsageError('--publish is missing; give --publish URL');
    if (typeof publish === 'function' || (typeof publish === 'object' && 'command' in publish)) {
      throw new UsageError('the target publishes by a function or a command; give a URL: autocannon speaks HTTP alone');
    }
    const template = typeof publish === 'string' ? { url: publish } : publish;
    return publishRequest(template, { data: 'x'.repeat(payloadBytes) });
  };
  const measure = (asked: SaturationOptions['request'], signal: AbortSignal): Promise<Saturation> =>
    saturatePublish({ request: asked, connections, durationMs, signal });
  const reached = ({ answers }: Saturation): boolean => answers.count > 0;
  const command = { example, urlIs: '--publish', request, measure, reached, text: saturationText };
  return runClosedLoop(command, given, terminal);
}

function saturationText(found: Saturation): string {
  const { publishesPerS, generatorLimited, answers, doubts, loopUtilisation } = found;
  const busy = `autocannon was busy ${Math.round(loopUtilisation * 100)} % of the time`;
  const figure =
    publishesPerS === null
      ? `invalid: ${[...doubts, ...(answers.count === 0 ? ['no publish was taken'] : [])].join('; ')}`
      : `${generatorLimited ? 'at least ' : ''}${countText(Math.round(publishesPerS))} publishes/s (${busy})`;
  return [
    figure,
    ...(publishesPerS === null
      ? []
      : [`answered within p50 ${timeText(answers.p50)}, p99 ${timeText(answers.p99)} at that rate`]),
    `answers ${answersText(found)}`,
  ].join('\n');
}
