import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchOptions, type BenchResult, loadSettings, runBench, scenarioNames } from '@ssert/bench';
import { parseQuantity } from '@ssert/conformance/settings';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import { requireCount, requirePublishing, requireStream, unlessMisused } from '../before-load.ts';
import { openAccess, startProblem } from '../bench-access.ts';
import { bouncingFlags, bouncingFrom } from '../bench-bouncing.ts';
import { benchExitCode } from '../bench-exit-code.ts';
import { benchFlagOf, loadFlags, loadOf, requireUsed } from '../bench-flags.ts';
import { partFrom, projectedStreamsFlag, projectedStreamsFrom, scalingFlag, scalingFrom } from '../bench-planning.ts';
import { populationFrom } from '../bench-population.ts';
import { trafficFrom } from '../bench-traffic.ts';
import type { Command } from '../command.ts';
import { describeTarget, targetFlags } from '../describe-target.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { abortOnSignal } from '../interrupt.ts';
import { humanBench } from '../reporters/bench/human.ts';
import { BenchProgress } from '../reporters/bench/progress.ts';
import { benchReport, benchReporterNames } from '../reporters/bench/reports.ts';
import { showProgress } from '../reporters/progress.ts';
import { onlyOperand } from '../run-flags.ts';
import type { Terminal } from '../terminal.ts';
import { toolVersion } from '../tool-version.ts';
import { UsageError } from '../usage-error.ts';

const { header, method, data, publish, stats, 'stats-path': statsPath, start, pid, ca } = targetFlags;
const reporterNames: readonly string[] = ['human', ...benchReporterNames];

const flags: Readonly<Record<string, Flag>> = {
  scenario: { value: 'NAME', meaning: `${scenarioNames.join(' ')}; default steady` },
  slo: {
    value: 'EXPR',
    meaning:
      "Objective, such as 'p99(delivery) < 250ms && loss == 0'. Without --streams the most streams that keep it are searched",
  },
  axis: {
    value: 'streams|rate|connect-rate',
    meaning: 'What the search changes, from --streams, --rate or --connect-rate (storm) on',
  },
  budget: { value: 'TIME', meaning: 'No trial of a search begins after that; default 25m, with --quick 4m' },
  quick: { meaning: 'Fewer and shorter trials; what has too few publishes for its percentiles is marked low-n' },
  traffic: { value: 'NAME|FILE', meaning: 'burst: a usage profile (name or .json) or a trace (.csv) that is played' },
  column: { value: 'NAME', meaning: 'burst: the column of a trace that has the times; default TIMESTAMP' },
  beside: {
    value: 'URL',
    meaning: 'Asks for this URL in a closed loop beside the streams, and measures both with and without the other',
  },
  'beside-connections': { value: 'N', meaning: 'That many at once; default 1' },
  'cpu-share': {
    value: 'PERCENT',
    meaning:
      'Lets a server that --start starts run so much of the time only, so that the load is not the limit; such as 25%',
  },
  nodes: { value: 'N', meaning: 'Nodes, processes or cores that serve TARGET together; default 1' },
  scaling: scalingFlag,
  project: projectedStreamsFlag,
  population: {
    value: 'NAME|FILE',
    meaning: 'population: clients that are played: a name, or the .json that ssert simulate population prints',
  },
  protocol: { value: 'http/1.1|h2', meaning: 'Of the streams; default http/1.1, with h2 a hundred on a connection' },
  workers: { value: 'N', meaning: 'Threads that receive; default 1' },
  reporter: { value: 'R', repeatable: true, meaning: `${reporterNames.join(' ')}; default human` },
  output: { value: 'DIR', meaning: 'Writes bench.json there, and the files of other reporters' },
  ...loadFlags,
  ...{ header, method, data, publish, stats, 'stats-path': statsPath, start, ...bouncingFlags, pid, ca },
};

type Given = GivenFlags<Record<string, Flag>>;

export const benchCommand: Command = {
  name: 'bench',
  usage: 'bench TARGET --publish URL [flags]',
  summary:
    'Loads a server of event streams and tells what comes of what was published, when, and at which cost. TARGET is as for ssert check.',
  flags,
  examples: [
    [
      'ssert bench http://localhost:4000/events --publish http://localhost:4000/events --streams 1000 --rate 10',
      'a thousand streams, ten events a second for a minute',
    ],
    [
      'ssert bench http://localhost:4000/events --publish http://localhost:4000/events --scenario population --population mobile',
      'a hundred people on the move',
    ],
    ['ssert bench http://localhost:4000/events --scenario storm --connect-rate 2000', 'how fast clients get in'],
  ],
  exitCodes: [
    [0, 'measured, and an objective that was given is met'],
    [1, 'the objective is missed'],
    [2, 'wrong usage'],
    [
      3,
      'the target is out of reach, nothing was measured, a search ended before any load passed, or the run is invalid: the generator may have been the limit',
    ],
    [4, 'the harness broke'],
    [130, 'interrupted after something was measured, which is told'],
  ],
  run: bench,
};

async function bench(given: Given, terminal: Terminal): Promise<number> {
  const example = 'ssert bench http://localhost:4000/events --publish http://localhost:4000/events';
  const text = onlyOperand(given, 'TARGET', example);
  const reporters = reportersOf(given);
  const folder = given.text('output');
  if (folder !== undefined) await makeFolder(folder);
  const measurement = await measurementFrom(given);
  const beside = besideFrom(given);
  const protocol = given.choice('protocol', ['http/1.1', 'h2']) ?? 'http/1.1';
  const definition = await describeTarget(text, given);
  const commands = bouncingFrom(given, definition);
  const progress = new BenchProgress();
  const interrupt = abortOnSignal(systemClock, () =>
    terminal.complain('interrupted; what was measured follows (once more ends at once)'),
  );
  const hideProgress = showProgress(progress, terminal, systemClock);
  let result: BenchResult;
  try {
    const complain = (message: string): void => terminal.complain(message);
    const bouncing = commands && { commands, complain };
    await using opened = await openAccess(definition, protocol, interrupt.signal, bouncing);
    const tool = { name: 'ssert', version: toolVersion };
    const { port } = new URL(opened.access.request.url);
    const run = { ...measurement, beside: beside(port), tool, signal: interrupt.signal };
    const misused = { ...opened, ...run, ceiling: false, signal: AbortSignal.abort() };
    const look = requireStream(opened.access, opened.target)
      .then(() => requirePublishing(opened.target))
      .then(() => requireCount(opened.access));
    await unlessMisused(look, () => runBench(misused, () => undefined));
    result = await runBench({ ...opened, ...run }, (event) => progress.take(event));
  } catch (error) {
    terminal.complain(startProblem(error, (setting) => `--${benchFlagOf(setting)}`));
    return 3;
  } finally {
    hideProgress();
    interrupt.release();
  }
  await report(result, reporters, folder, terminal);
  return benchExitCode(result);
}

/** What is measured, whatever the target. */
async function measurementFrom(given: Given): Promise<Omit<BenchOptions, 'access' | 'tool' | 'signal' | 'beside'>> {
  const scenario = given.choice('scenario', scenarioNames) ?? 'steady';
  requireUsed(given, scenario);
  const clients = given.text('population');
  const population = clients === undefined ? undefined : await populationFrom(clients);
  const load = { ...population?.load, ...loadOf(given, freshSeed()) };
  const traffic = given.text('traffic');
  const bytes = load.payloadBytes ?? loadSettings.payloadBytes.default;
  const column = given.text('column') ?? 'TIMESTAMP';
  const slo = given.text('slo');
  const budget = given.text('budget');
  return {
    scenario,
    load,
    burst: traffic === undefined ? undefined : await trafficFrom(traffic, { column, bytes, seed: load.seed ?? 1 }),
    population,
    slo,
    axis: axisFrom(given, scenario) ?? (slo === undefined || load.streams !== undefined ? undefined : 'streams'),
    effort: given.has('quick') ? 'quick' : 'full',
    budgetMs: budget === undefined ? undefined : parseQuantity('--budget', budget, 'ms'),
    cpuShare: partFrom('cpu-share', given.text('cpu-share')),
    nodes: given.wholeNumber('nodes', 1),
    scaling: await scalingFrom(given),
    projectTo: projectedStreamsFrom('project', given),
    workers: given.wholeNumber('workers', 1, 64) ?? 1,
  };
}

function axisFrom(given: Given, scenario: BenchOptions['scenario']): BenchOptions['axis'] {
  const axis = given.choice('axis', ['streams', 'rate', 'connect-rate']);
  if (axis !== 'connect-rate') return axis;
  if (scenario === 'storm') return 'connectRate';
  throw new UsageError(`--axis connect-rate is for --scenario storm; with ${scenario} give streams or rate`);
}

/** Requests beside the streams, once the port of a server that is started is known. */
function besideFrom(given: Given): (port: string) => BenchOptions['beside'] {
  const url = given.text('beside');
  if (url === undefined) return () => undefined;
  if (!URL.canParse(url.replaceAll('{port}', '1'))) {
    throw new UsageError(`--beside is ${JSON.stringify(url)}; give a URL such as http://localhost:3000/api`);
  }
  const connections = given.wholeNumber('beside-connections', 1, 10_000) ?? 1;
  return (port) => ({ url: url.replaceAll('{port}', port), connections });
}

function reportersOf(given: Given): string[] {
  const wanted = given.has('reporter') ? given.list('reporter') : ['human'];
  const unknown = wanted.find((name) => !reporterNames.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--reporter is ${JSON.stringify(unknown)}; give one of ${reporterNames.join(' ')}`);
  }
  if (wanted.length > 1 && !given.has('output')) {
    throw new UsageError(`--reporter ${wanted.join(' and ')} would share standard output; give --output DIR`);
  }
  return wanted;
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: Error) => {
    throw new UsageError(`--output ${folder} cannot be written to (${error.message}); give another folder`);
  });
}

async function report(
  result: BenchResult,
  reporters: readonly string[],
  folder: string | undefined,
  terminal: Terminal,
): Promise<void> {
  if (reporters.includes('human')) terminal.print(humanBench(result, terminal.paint));
  const machines = benchReporterNames.filter((name) => reporters.includes(name) || (name === 'json' && folder));
  for (const name of machines) {
    for (const { file, text } of benchReport(name, result)) {
      if (folder === undefined) terminal.print(text);
      else await writeFile(join(folder, file), text);
    }
  }
}
