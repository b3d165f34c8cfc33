import { modelled, usualProjections } from '@ssert/bench';
import { seededRandom } from '@ssert/protocol';
import { benchFile } from '../bench-file.ts';
import {
  projectedStreamsFlag,
  projectedStreamsFrom,
  scalingFlag,
  scalingFrom,
  servingFlags,
  servingFrom,
} from '../bench-planning.ts';
import type { Command } from '../command.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { projectionText } from '../reporters/bench/projection.ts';
import { onlyOperand } from '../run-flags.ts';
import type { Terminal } from '../terminal.ts';

const flags: Readonly<Record<string, Flag>> = {
  scaling: scalingFlag,
  streams: projectedStreamsFlag,
  reporter: { value: 'R', meaning: 'human json; default human. JSON is the result with its models and projections.' },
  ...servingFlags,
};

type Given = GivenFlags<Record<string, Flag>>;

export const benchProjectCommand: Command = {
  name: 'project',
  usage: 'bench project RESULT.json --scaling FILE,FILE [flags]',
  summary:
    'Says how many nodes so many streams need, from searches that were made before: nothing is measured. It is a range with what it assumes, or what is missing for one.',
  flags,
  examples: [
    [
      'ssert bench project 1/bench.json --scaling 2.json,4.json,8.json,16.json,32.json --streams 1000000 --zones 3',
      'a million streams, though one of three zones be lost',
    ],
    [
      'ssert bench project 1/bench.json --scaling 2.json,4.json,8.json,16.json,32.json --storm storm/bench.json --herd-window 10s',
      'and those of a lost node are back within ten seconds',
    ],
  ],
  exitCodes: [
    [0, 'projected to every number of streams'],
    [2, 'wrong usage, a file that is no result or not the one that is needed included'],
    [3, 'to one of them at least it cannot be told, and why'],
  ],
  run: projectResult,
};

async function projectResult(given: Given, terminal: Terminal): Promise<number> {
  const file = onlyOperand(given, 'RESULT.json', 'ssert bench project bench.json --scaling 2.json,4.json');
  const reporter = given.choice('reporter', ['human', 'json']) ?? 'human';
  const streams = [...new Set(projectedStreamsFrom('streams', given) ?? usualProjections)];
  const result = await benchFile(file);
  const serving = await servingFrom(given, result);
  const scaling = await scalingFrom(given);
  const projected = modelled(result, { scaling, streams, serving, random: seededRandom(result.seed) });
  terminal.print(reporter === 'json' ? JSON.stringify(projected, null, 2) : projectionText(projected, terminal.paint));
  return projected.projection?.length === streams.length ? 0 : 3;
}
