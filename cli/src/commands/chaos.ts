import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { SettingError } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import {
  type Chaos,
  type ChaosOptions,
  type Control,
  resolveScenario,
  startChaos,
  startControl,
} from '@ssert/simulator';
import type { Command } from '../command.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { abortOnSignal } from '../interrupt.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { faultFlags, faultsOf, inFlags, presetNames } from './chaos-faults.ts';
import { happenedLines } from './chaos-summary.ts';

type Given = GivenFlags<Record<string, Flag>>;
export const chaosCommand: Command = {
  name: 'chaos',
  usage: 'chaos --listen PORT --target URL [faults]',
  summary:
    'Puts a bad network in front of any server, on 127.0.0.1. A fault with a way is of the way down, from server to client, unless it says otherwise: --latency up:50ms, --latency both:50ms. Ctrl-C ends it and tells what happened.',
  flags: {
    listen: { value: 'PORT', meaning: 'Port to listen on; 0 takes a free one.' },
    target: { value: 'URL', meaning: 'The server behind it; the path is not read.' },
    preset: { value: 'NAME', meaning: `A network to start from: ${presetNames.join(' ')}. Further faults change it.` },
    scenario: {
      value: 'FILE',
      meaning: 'What changes over time, as JSON: [{"atMs": 5000, "faults": {…}, "cut": "rst"}]',
    },
    control: {
      value: 'PORT',
      meaning:
        'Answers GET / with the state and takes PUT /faults {…} and POST /cut {"by": "rst"}; 0 takes a free port.',
    },
    seed: { value: 'N', meaning: 'All chance comes from it. Default a fresh one, which is printed.' },
    ...faultFlags,
  },
  examples: [
    ['ssert chaos --listen 4100 --target http://127.0.0.1:4000 --preset mobile', 'ask port 4100 in place of 4000'],
    [
      'ssert chaos --listen 4100 --target http://127.0.0.1:4000 --latency 200ms --rst-at-byte 4KiB',
      'faults of your own',
    ],
    [
      'ssert chaos --listen 4100 --target http://127.0.0.1:4000 --control 4101',
      'no fault at first: PUT /faults on port 4101 sets them',
    ],
  ],
  exitCodes: [
    [0, 'ended by Ctrl-C or SIGTERM'],
    [2, 'wrong usage, a port that is taken included'],
    [4, 'the harness broke'],
  ],
  run: runChaos,
};

async function runChaos(given: Given, terminal: Terminal): Promise<number> {
  const [surplus] = given.positionals;
  if (surplus !== undefined) throw new UsageError(`ssert chaos takes no argument; did you mean --target ${surplus}?`);
  const controlPort = given.wholeNumber('control', 0, 65_535);
  const chaos = await listening('listen', given.text('listen'), startChaos(optionsOf(given)));
  let control: Control | undefined;
  const interrupt = abortOnSignal(systemClock, () => undefined);
  try {
    if (controlPort !== undefined) {
      control = await listening('control', String(controlPort), startControl(chaos, controlPort));
    }
    terminal.print(greeting(chaos, control));
    if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
    terminal.print(happenedLines(chaos.state()).join('\n'));
    return 0;
  } finally {
    interrupt.release();
    await control?.close();
    await chaos.close();
  }
}

function optionsOf(given: Given): ChaosOptions {
  const listen = given.wholeNumber('listen', 0, 65_535);
  const target = given.text('target');
  if (listen === undefined) throw new UsageError('give the port to listen on with --listen PORT (0 takes a free one)');
  if (target === undefined) throw new UsageError('give the server behind the network with --target URL');
  const seed = given.wholeNumber('seed', 0);
  const own = faultsOf(given);
  const options = { listen, target, faults: own, scenario: scenarioOf(given.text('scenario')) };
  return seed === undefined ? options : { ...options, seed };
}

function scenarioOf(file: string | undefined): NonNullable<ChaosOptions['scenario']> {
  if (file === undefined) return [];
  try {
    const steps: unknown = JSON.parse(readFileSync(file, 'utf8'));
    resolveScenario(steps);
    return steps as NonNullable<ChaosOptions['scenario']>;
  } catch (error) {
    throw new UsageError(`--scenario ${file} cannot be used: ${(error as Error).message}`);
  }
}

/** @throws UsageError that names the flag, where a port or the target cannot be used */
async function listening<T>(flag: string, port: string | undefined, starting: Promise<T>): Promise<T> {
  try {
    return await starting;
  } catch (error) {
    if (error instanceof SettingError) {
      throw error.setting === 'target' ? new SettingError('--target', error.value, error.allowed) : inFlags(error);
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new UsageError(`port ${port} is taken: give another one with --${flag}`);
    if (code === 'EACCES') throw new UsageError(`port ${port} is not for everyone: give one above 1023 with --${flag}`);
    throw error;
  }
}

function greeting(chaos: Chaos, control: Control | undefined): string {
  const { target, seed } = chaos.state();
  return [
    `A bad network is at ${chaos.url}, in front of ${target} (seed ${seed}; Ctrl-C ends it).`,
    ...(control ? [`Its control is at ${control.url}: curl ${control.url}`] : []),
  ].join('\n');
}
