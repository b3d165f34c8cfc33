import { nearest } from '@ssert/conformance/settings';
import { SettingError } from '@ssert/protocol';
import { runCommand } from './command.ts';
import { twoColumns } from './help.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { toolVersion } from './tool-version.ts';
import { UsageError } from './usage-error.ts';

interface Entry {
  readonly meaning: string;
  /** Loaded only when asked for: the linter need not wait for a web server. */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>;
}

const commands: Readonly<Record<string, Entry>> = {
  check: {
    meaning: 'Judge a server of event streams, rule by rule',
    run: async (args, terminal) => runCommand((await import('./commands/check.ts')).checkCommand, args, terminal),
  },
  'check-client': {
    meaning: 'Judge a client of event streams, rule by rule',
    run: async (args, terminal) =>
      runCommand((await import('./commands/check-client.ts')).checkClientCommand, args, terminal),
  },
  lint: {
    meaning: 'Read a recording or a live stream and show every violation with its bytes',
    run: async (args, terminal) => runCommand((await import('./commands/lint.ts')).lintCommand, args, terminal),
  },
  rules: {
    meaning: 'List the rules',
    run: async (args, terminal) => runCommand((await import('./commands/rules.ts')).rulesCommand, args, terminal),
  },
  chaos: {
    meaning: 'Put a bad network in front of any server',
    run: async (args, terminal) => runCommand((await import('./commands/chaos.ts')).chaosCommand, args, terminal),
  },
  serve: {
    meaning: 'Start the reference server',
    run: async (args, terminal) => runCommand((await import('./commands/serve/index.ts')).serveCommand, args, terminal),
  },
  simulate: {
    meaning:
      'Make usage with the bursts of real traffic or a population of clients, fit a profile to a trace, or describe one',
    run: async (args, terminal) => {
      const { simulateCommands } = await import('./commands/simulate/index.ts');
      const [name = '', ...rest] = args;
      return name === 'fit' || name === 'describe' || name === 'population'
        ? runCommand(simulateCommands[name], rest, terminal)
        : runCommand(simulateCommands.records, args, terminal);
    },
  },
  bench: {
    meaning:
      'Load a server with streams and events and tell what comes of it; compare such runs, project one to more streams, or spread it over machines',
    run: async (args, terminal) => {
      const [name = '', ...rest] = args;
      if (name === 'compare')
        return runCommand((await import('./commands/bench-compare.ts')).benchCompareCommand, rest, terminal);
      if (name === 'project')
        return runCommand((await import('./commands/bench-project.ts')).benchProjectCommand, rest, terminal);
      if (name === 'export')
        return runCommand((await import('./commands/bench-export.ts')).benchExportCommand, rest, terminal);
      if (name === 'saturate')
        return runCommand((await import('./commands/bench-saturate.ts')).benchSaturateCommand, rest, terminal);
      if (name === 'finite')
        return runCommand((await import('./commands/bench-finite.ts')).benchFiniteCommand, rest, terminal);
      if (name === 'shard')
        return runCommand((await import('./commands/bench-shard.ts')).benchShardCommand, rest, terminal);
      return runCommand((await import('./commands/bench.ts')).benchCommand, args, terminal);
    },
  },
};

/** Runs the command that the arguments name and ends the process with its exit code. */
export async function runCommandLine(args: readonly string[]): Promise<never> {
  const terminal = processTerminal();
  const done = await execute(args, terminal);
  await terminal.flush();
  const { outputProblem } = terminal;
  if (outputProblem !== undefined) terminal.complain(`standard output cannot be written: ${outputProblem}`);
  const code = outputProblem !== undefined && done === 0 ? 4 : done;
  // A target file's own functions may hold connections that nobody closes; the exit code is known, so nothing waits.
  process.exit(code);
}

/** Runs the command that the arguments name. @returns the exit code */
export async function execute(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined)
      throw new UsageError(`give a command: ${Object.keys(commands).join(' ')} (--help says more)`);
    if (name === '--help' || name === '-h' || name === 'help') terminal.print(overview());
    else if (name === '--version') terminal.print(toolVersion);
    else if (Object.hasOwn(commands, name)) return (await commands[name]?.run(rest, terminal)) ?? 4;
    else throw new UsageError(unknownCommand(name));
    return 0;
  } catch (error) {
    if (error instanceof UsageError || error instanceof SettingError) {
      terminal.complain(error.message);
      return 2;
    }
    terminal.complain('the harness broke; please report this with the lines below');
    terminal.progress(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 4;
  }
}

function overview(): string {
  return [
    'ssert judges servers and clients of Server-Sent Events.',
    'Usage: ssert COMMAND [flags]      ssert COMMAND --help says more',
    `Commands:\n${twoColumns(
      Object.entries(commands).map(([name, { meaning }]) => [name, meaning]),
      80,
    )}`,
    [
      'Examples:',
      '  ssert check http://localhost:3000/stream',
      '  ssert check-client ./adapter.js',
      '  curl -sN http://localhost:3000/stream | ssert lint',
    ].join('\n'),
    `Exit code:\n${twoColumns(
      [
        ['0', 'nothing failed'],
        ['1', 'a rule failed'],
        ['2', 'wrong usage'],
        ['3', 'the target is out of reach, or nothing was judged'],
        ['4', 'the harness broke'],
        ['130', 'interrupted with nothing failed so far'],
      ],
      80,
    )}`,
  ].join('\n\n');
}

function unknownCommand(name: string): string {
  const names = Object.keys(commands);
  if (/^-/.test(name)) return `give the command before its flags: ssert ${names.join('|')} ${name}`;
  if (/^https?:/.test(name)) return `give the command first: ssert check ${name}`;
  const [meant] = nearest(name, names);
  return `there is no command ${JSON.stringify(name)}; ${meant ? `did you mean ${meant}? ` : ''}commands are ${names.join(' ')}`;
}
