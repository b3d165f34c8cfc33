import { type FiniteOptions, type FiniteStreams, timeFiniteStreams } from '@ssert/bench';
import type { Target } from '@ssert/conformance/access';
import { parseQuantity } from '@ssert/conformance/settings';
import { answersText, runClosedLoop } from '../closed-loop.ts';
import type { Command } from '../command.ts';
import { targetFlags } from '../describe-target.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { timeText } from '../reporters/bench/figures.ts';
import type { Terminal } from '../terminal.ts';

const { header, method, data, start, pid } = targetFlags;
const finiteFlags: Readonly<Record<string, Flag>> = {
  streams: { value: 'N', meaning: 'Streams in all; default ten for each connection' },
  connections: { value: 'N', meaning: 'That many at once; default 10' },
  longest: { value: 'TIME', meaning: 'What a stream takes at most; one that takes twice as long is cut. Default 30s' },
  json: { meaning: 'Prints what was found as JSON' },
  ...{ header, method, data, start, pid },
};
const example = `ssert bench finite http://localhost:4000/chat --data '{"prompt":"hello"}'`;

export const benchFiniteCommand: Command = {
  name: 'finite',
  usage: 'bench finite TARGET [flags]',
  summary:
    'Times streams that end by themselves, as those of language models: until the head, the first data and the end. Autocannon asks for the next stream when the last has ended; endless ones are for ssert bench.',
  flags: finiteFlags,
  examples: [[example, 'a hundred answers, ten at once']],
  exitCodes: [
    [0, 'measured'],
    [2, 'wrong usage, streams that do not end included'],
    [3, 'no stream came, or this machine was busy'],
    [130, 'interrupted after something was measured, which is told'],
  ],
  run: finite,
};

async function finite(given: GivenFlags<Record<string, Flag>>, terminal: Terminal): Promise<number> {
  const connections = given.wholeNumber('connections', 1) ?? 10;
  const streams = given.wholeNumber('streams', 1) ?? 10 * connections;
  const longestMs = parseQuantity('--longest', given.text('longest') ?? '30s', 'ms');
  const request = ({ stream: { url, method, headers, body } }: Target): FiniteOptions['request'] => {
    return {
      url: url.href,
      method,
      headers: { Accept: 'text/event-stream', ...headers },
      ...(body === undefined ? {} : { body }),
    };
  };
  const measure = (asked: FiniteOptions['request'], signal: AbortSignal): Promise<FiniteStreams> =>
    timeFiniteStreams({ request: asked, connections, streams, longestMs, signal });
  const reached = ({ ended }: FiniteStreams): boolean => ended > 0;
  const command = { example, urlIs: 'TARGET', request, measure, reached, text: finiteText };
  return runClosedLoop(command, given, terminal);
}

function finiteText(found: FiniteStreams): string {
  const { asked, ended, cut, others, doubts } = found;
  const times = [
    ['head', found.firstHead],
    ['first data', found.firstEvent],
    ['end', found.total],
  ] as const;
  const shown = times.map(
    ([name, { p50, p90, p99, max }]) =>
      `${name.padEnd(10)}  p50 ${timeText(p50)}  p90 ${timeText(p90)}  p99 ${timeText(p99)}  max ${timeText(max)}`,
  );
  return [
    `${ended} of ${asked} streams ended, ${cut} were cut, ${others} answers were no event stream`,
    ...(doubts.length > 0 ? [`invalid: ${doubts.join('; ')}`] : ended > 0 ? shown : []),
    `answers ${answersText(found)}`,
  ].join('\n');
}
