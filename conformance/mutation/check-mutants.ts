/**
 * Plants mutants in a copy of the reference server, one at a time, and runs the suite on each: how many does it catch?
 *
 *     npm run check:mutants -- [--count N] [--seed N] [--only TEXT] [--jobs 3] [--json FILE] [--list]
 *
 * The server runs as it does by default, then in the ways that use what the default does not, until one tells. A mutant is
 * caught where a rule that the unchanged server keeps fails or warns, noticed where one is only left undecided or the
 * server does not run, and missed otherwise: a gap of the suite, or a change that makes no difference to a client. As most
 * of a run is waiting, `--jobs` are judged at once, each in a copy of its own. Exit 0 whatever is found.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { efforts, run, serverRules, type TargetDefinition, type Verdict } from '@ssert/conformance';
import { seededRandom } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { interruption } from '../matrix/judged.ts';
import { variants } from '../targets/reference/variants.ts';
import { applied, type Mutant, mutantsOf } from './mutants.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '30' },
    seed: { type: 'string', default: '7' },
    only: { type: 'string' },
    jobs: { type: 'string', default: '3' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

/** Hub, stream and log: what a client of the event channel can feel. */
const mutated = [
  'batch.ts',
  'channel.ts',
  'event-feed.ts',
  'event-log.ts',
  'feed.ts',
  'heartbeat.ts',
  'history.ts',
  'hub.ts',
  'memory-store.ts',
  'subscriber.ts',
  'http/last-event-id.ts',
  'http/publishing.ts',
  'http/sinks.ts',
  'http/stream-response.ts',
].map((file) => `reference-server/src/${file}`);

/** With events in memory and all that `npm run check` uses; over TLS; from a file; embedded, with compression. */
const ways = ['memory', 'http2', 'sqlite', 'tenants'];

const root = join(import.meta.dirname, '../..');

interface Found {
  readonly mutant: Mutant;
  readonly outcome: 'caught' | 'noticed' | 'missed';
  /** The rule that told, or what befell the run. */
  readonly by: string;
}

const all = mutated
  .filter((path) => path.includes(values.only ?? ''))
  .flatMap((path) => mutantsOf(path, readFileSync(join(root, path), 'utf8')));
const chosen = sample(all, Number(values.count), Number(values.seed));
process.stderr.write(`${chosen.length} of ${all.length} mutants, seed ${values.seed}\n`);
if (values.list) for (const mutant of chosen) process.stdout.write(`${place(mutant)}  ${mutant.what}\n`);
else await checkAll();

async function checkAll(): Promise<void> {
  const signal = interruption();
  const copies = Array.from({ length: Number(values.jobs) }, copyOfTree);
  const found: Found[] = [];
  const waiting = chosen.values();
  /** Plants one after the other in a copy. */
  const work = async (subjects: readonly Subject[], copy: string): Promise<void> => {
    for (const mutant of waiting) {
      if (signal.aborted) break;
      const source = readFileSync(join(root, mutant.path), 'utf8');
      writeFileSync(join(copy, mutant.path), applied(mutant, source));
      const outcome = await check(subjects, signal);
      writeFileSync(join(copy, mutant.path), source);
      if (signal.aborted) break;
      found.push({ mutant, ...outcome });
      process.stderr.write(`${found.length}: ${outcome.outcome} ${place(mutant)} ${mutant.what} (${outcome.by})\n`);
    }
  };
  try {
    const targets = copies.map(subjectsIn);
    const kept = await Promise.all((targets[0] ?? []).map((target) => keptBy(target, signal)));
    const subjects = targets.map((ways) =>
      ways.map((target, way) => ({ target, kept: kept[way] ?? new Set<string>() })),
    );
    await Promise.all(copies.map((copy, at) => work(subjects[at] ?? [], copy)));
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
  for (const { mutant, outcome, by } of found) {
    process.stdout.write(`| ${outcome} | ${place(mutant)} | ${mutant.what.replaceAll('|', '\\|')} | ${by} |\n`);
  }
  const count = (outcome: Found['outcome']): number => found.filter((one) => one.outcome === outcome).length;
  process.stdout.write(
    `${found.length} mutants: ${count('caught')} caught, ${count('noticed')} noticed, ${count('missed')} missed\n`,
  );
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(found, null, 2)}\n`);
}

/** A way to run the server, and the rules that it keeps unchanged. */
interface Subject {
  readonly target: TargetDefinition;
  readonly kept: ReadonlySet<string>;
}

/** The ways to run the server that is in a folder. */
function subjectsIn(copy: string): TargetDefinition[] {
  const scratch = join(copy, 'scratch');
  mkdirSync(scratch);
  return variants(scratch)
    .filter(({ name }) => ways.includes(name))
    .map(({ target, prepare }) => {
      prepare?.();
      return { ...target, process: { start: startOf(target), cwd: copy } };
    });
}

/** The rules that the unchanged server keeps. */
async function keptBy(target: TargetDefinition, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  for await (const event of run(target, options(signal))) {
    if (event.kind === 'result' && event.result.verdict === 'pass') kept.add(event.result.id);
    if (event.kind === 'broken-off') throw new Error(`the unchanged server cannot be judged: ${event.message}`);
  }
  process.stderr.write(`unchanged, ${target.name} passes ${kept.size} rules\n`);
  return kept;
}

/** Runs the suite in one way after the other until a rule tells. */
async function check(subjects: readonly Subject[], signal: AbortSignal): Promise<Omit<Found, 'mutant'>> {
  const red: readonly Verdict[] = ['fail', 'warn'];
  let noticed: string | undefined;
  for (const { target, kept } of subjects) {
    for await (const event of run(target, options(signal))) {
      // In no way of running it will it run.
      if (event.kind === 'broken-off') return { outcome: 'noticed', by: event.message };
      if (event.kind !== 'result' || !kept.has(event.result.id)) continue;
      const { id, verdict, message } = event.result;
      if (red.includes(verdict)) return { outcome: 'caught', by: `${target.name}: ${id}: ${message}` };
      if (verdict === 'inconclusive') noticed ??= `${target.name}: ${id}: ${message}`;
    }
  }
  return noticed === undefined ? { outcome: 'missed', by: '' } : { outcome: 'noticed', by: noticed };
}

function options(signal: AbortSignal): Parameters<typeof run>[1] {
  return { rules: serverRules, clock: systemClock, seed: Number(values.seed), effort: efforts.quick, signal };
}

function startOf({ process }: TargetDefinition): string {
  if (!process || !('start' in process)) throw new Error('the reference target has no start command');
  return process.start;
}

/** What `ssert serve` runs on, in a folder of its own; packages from elsewhere are shared. */
function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'ssert-mutants-'));
  const workspaces = ['protocol', 'client-sdk', 'reference-server', 'simulator', 'conformance', 'bench', 'cli'];
  for (const workspace of workspaces) {
    mkdirSync(join(copy, workspace));
    for (const part of ['package.json', 'src']) {
      cpSync(join(root, workspace, part), join(copy, workspace, part), { recursive: true });
    }
  }
  cpSync(join(root, 'reference-server/examples/tenants.ts'), join(copy, 'reference-server/examples/tenants.ts'));
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@ssert'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')).filter((one) => one !== '@ssert' && one !== 'ssert')) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const workspace of workspaces) {
    const { name } = JSON.parse(readFileSync(join(copy, workspace, 'package.json'), 'utf8')) as { name: string };
    symlinkSync(join(copy, workspace), join(modules, name));
  }
  return copy;
}

/** Some of them, without repetition. */
function sample(from: readonly Mutant[], count: number, seed: number): Mutant[] {
  const random = seededRandom(seed);
  const rest = [...from];
  const drawn: Mutant[] = [];
  while (drawn.length < count && rest.length > 0) {
    drawn.push(...rest.splice(Math.floor(random.next() * rest.length), 1));
  }
  return drawn;
}

function place({ path, line }: Mutant): string {
  return `${path.replace('reference-server/src/', '')}:${line}`;
}
