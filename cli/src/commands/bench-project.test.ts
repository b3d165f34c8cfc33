import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchResult, type Capacity, readBenchResult, type Trial, uslCapacity } from '@ssert/bench';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { madeUpBench } from '../../../bench/testing/made-up-bench.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';

const bench = madeUpBench();
const found = bench.capacity as Capacity;

/** What a search on so many nodes found. */
function on(nodes: number, alpha = 0.00001): BenchResult {
  const lo = Math.round(uslCapacity({ gamma: 7800, alpha, beta: 0 }, nodes));
  const capacity = { ...found, lo, hi: lo + 1, ci95: [lo - 100, lo + 100] as const };
  return { ...bench, id: `on-${nodes}`, target: { ...bench.target, nodes }, capacity };
}

/** What a search of the rate at which clients get in found. */
function stormOf(changed: Partial<Capacity> = {}, more: Partial<BenchResult> = {}): BenchResult {
  const capacity = { ...found, axis: 'connectRate', lo: 100, hi: 105, ci95: [98, 104], ...changed } as const;
  return { ...bench, plan: { ...bench.plan, scenario: 'storm' }, capacity, ...more };
}

/** A trial whose server took eight times the CPU. */
function costly(trial: Trial): Trial {
  const { server } = trial;
  return server ? { ...trial, server: { ...server, cpuNs: 8 * server.cpuNs } } : trial;
}

let folder: Awaited<ReturnType<typeof emptyFolder>>;
const scaling = [2, 4, 8, 16, 32];
const at = (name: string): string => join(folder.path, `${name}.json`);
const others = (): string => scaling.map((n) => at(String(n))).join();

beforeAll(async () => {
  folder = await emptyFolder();
  const { capacity: _, ...nothing } = bench;
  const results: Readonly<Record<string, BenchResult>> = {
    ...Object.fromEntries([1, ...scaling].map((n) => [n, on(n)])),
    ...Object.fromEntries(scaling.map((n) => [`contended-${n}`, on(n, 0.002)])),
    storm: stormOf(),
    'storm-of-two': stormOf({}, { target: { ...bench.target, nodes: 2 } }),
    'storm-unconfirmed': stormOf({ confirmed: false }),
    'storm-by-generator': stormOf({ limitedBy: 'generator' }),
    'storm-wide': stormOf({ ci95: [50, 150] }),
    'storm-invalid': stormOf({}, { verdict: { validity: 'invalid', reasons: ['the publisher was late'] } }),
    'storm-elsewhere': stormOf({}, { host: { ...bench.host, cpu: 'Another CPU' } }),
    'storm-without': { ...nothing, plan: { ...bench.plan, scenario: 'storm' } },
    nothing,
    costly: { ...on(1), trials: bench.trials.map(costly) },
    unseen: { ...on(1), trials: bench.trials.map(({ server: _, ...trial }) => trial) },
    elsewhere: { ...on(1), plan: { ...bench.plan, params: { rate: 20 } } },
  };
  for (const [name, result] of Object.entries(results)) await writeFile(at(name), JSON.stringify(result));
});

afterAll(() => folder[Symbol.asyncDispose]());

/** What a search on one node is projected to for a million streams, with those on five further numbers of nodes. */
async function planned(
  name: string,
  ...more: string[]
): Promise<{ nodes: readonly number[]; bound: string; assumed: string }> {
  const args = ['bench', 'project', at(name), '--scaling', others(), '--streams', '1000000', '--reporter', 'json'];
  const { code, stdout, complaints } = await runHere([...args, ...more]);
  expect([code, complaints]).toEqual([0, []]);
  const [projection] = readBenchResult(JSON.parse(stdout), 'what was printed').projection ?? [];
  const { nodes = [], boundBy: bound = '', assumptions = [] } = projection ?? {};
  return { nodes, bound, assumed: assumptions.join('\n') };
}

const million = (...more: string[]) => planned('1', ...more);
const project = (name: string, ...more: string[]) => runHere(['bench', 'project', at(name), ...more]);

describe.concurrent('ssert bench project', () => {
  test('says of six searches, in a sentence each, how many nodes a million and ten million streams need', async () => {
    const { code, stdout } = await project('1', '--scaling', others());
    expect(stdout).toMatch(
      /^1,000,000 streams at 20 publishes a second need 184 nodes, bound by how many streams a node holds within the objective \(a hypothesis: it was measured on one machine\)\.$/m,
    );
    expect(stdout).toMatch(/^10,000,000 streams at 20 publishes a second need from 1,832 to [\d,]+ nodes, /m);
    expect(stdout).toContain(
      '\n\nassumed\n  each node holds 7800 streams at the objective, and 30 % of it stays free\n',
    );
    expect(stdout).not.toContain('not projected');
    expect(code).toBe(0);
  });

  test('prints the result as JSON, with model and projection', async () => {
    const { code, stdout } = await project('1', '--scaling', others(), '--reporter', 'json');
    const result = readBenchResult(JSON.parse(stdout), 'what was printed');
    expect(result.projection?.map(({ target }) => target.streams)).toEqual([1e6, 1e7]);
    expect(result.model?.usl?.gamma).toBeCloseTo(7800, -1);
    expect(code).toBe(0);
  });

  test('of one alone says what is missing, and exits 3', async () => {
    const { code, stdout } = await project('1');
    expect(stdout).toMatch(
      /^not projected to 1000000 or 10000000 streams: how it scales is not known: .* at 1 of at least 6 .*--scaling FILE$/m,
    );
    expect(code).toBe(3);
  });

  test('exits 3 where one of several targets cannot be told, and tells the others', async () => {
    const contended = scaling.map((n) => at(`contended-${n}`)).join();
    const { code, stdout } = await project('1', '--scaling', contended);
    expect(stdout).toMatch(/^1,000,000 streams .* need from 184 to \d+ nodes/);
    expect(stdout).toContain('\nnot projected to 10000000 streams: more nodes than there can be');
    expect(code).toBe(3);
  });

  test('of a search that found nothing exits 3', async () => {
    const { code, stdout } = await project('nothing', '--scaling', others(), '--streams', '1000');
    expect(stdout).toContain('not projected to 1000 streams: no capacity was found');
    expect(code).toBe(3);
  });

  test('takes each of --scaling, also given several times', async () => {
    const each = scaling.flatMap((n) => ['--scaling', at(String(n))]);
    expect((await project('1', ...each)).code).toBe(0);
    expect((await project('1', ...each.slice(2))).code).toBe(3);
  });

  test('takes --streams as numbers, each once', async () => {
    const { stdout } = await project('1', '--scaling', others(), '--streams', '50000,60000', '--streams', '50000');
    expect(stdout.match(/^\d\d,000 streams/gm)).toEqual(['50,000 streams', '60,000 streams']);
  });

  test('is measured once: what an earlier projection told is gone', async () => {
    const { stdout } = await project('1', '--scaling', others(), '--reporter', 'json');
    await writeFile(at('again'), stdout);
    const { stdout: again } = await project('again', '--reporter', 'json');
    expect(readBenchResult(JSON.parse(again), 'what was printed').projection).toBeUndefined();
  });
});

describe.concurrent('what is planned makes a difference', () => {
  test('--headroom', async () => {
    expect((await million('--headroom', '50%')).nodes[0]).toBe(Math.ceil(1e6 / (7800 * 0.5)));
    expect((await million('--headroom', '0%')).nodes[0]).toBe(Math.ceil(1e6 / 7800));
  });

  test('--zones: the others hold what one has lost', async () => {
    const { nodes, assumed } = await million('--zones', '3');
    expect(nodes[0]).toBe(3 * Math.ceil(184 / 2));
    expect(assumed).toContain('one of 3 zones may be lost');
  });

  test('--storm and --herd-window: the survivors take back what a lost zone held, in time', async () => {
    const { nodes, bound, assumed } = await million('--storm', at('storm'), '--zones', '2', '--herd-window', '10s');
    expect(bound).toBe('herd');
    // Half of the streams, 100 connects/s of a node, of which 30 % stay free, ten seconds.
    expect(nodes[0]).toBe(2 * Math.ceil(5e5 / (100 * 0.7 * 10)));
    expect(assumed).toContain('back within 10 s: a node takes 100 connects/s');
  });

  test('--storm of several nodes counts for each of them, and the window is 30 s', async () => {
    const { nodes } = await million('--storm', at('storm-of-two'), '--zones', '2');
    expect(nodes[0]).toBe(2 * Math.ceil(5e5 / (50 * 0.7 * 30)));
  });

  test.each(['10MB', '10MB/s', '10000000'])('--bandwidth %s', async (size) => {
    const { nodes, bound, assumed } = await million('--bandwidth', size);
    expect(assumed).toContain('10 MB/s of network');
    expect([bound, nodes[0]]).toEqual(['bandwidth', Math.ceil((2e7 * 272) / (10e6 * 0.7))]);
  });

  test('--memory', async () => {
    const { nodes, bound, assumed } = await million('--memory', '128MB');
    expect([bound, nodes[0]]).toEqual(['memory', Math.ceil((1e6 * (9000 + 4096)) / (128e6 * 0.7 - 60e6))]);
    expect(assumed).toContain('0.128 GB of memory');
    expect(assumed).toContain('a node of another size holds as many streams as the one that was measured');
    expect((await million('--memory', '32GiB')).assumed).not.toContain('of another size');
  });

  test('--cores, though a search has varied streams alone', async () => {
    const four = await planned('costly', '--cores', '4');
    expect(four.assumed).toContain('a node has 4 cores');
    expect(four.assumed).toContain('the CPU that a stream costs is that at the rate measured');
    expect([four.bound, four.nodes[0]]).toEqual(['capacity', 184]);
    // A core does 7,500 streams at this rate, and 0.4 of it is busy without any.
    const one = await planned('costly', '--cores', '1');
    expect([one.bound, one.nodes[0]]).toEqual(['cpu', Math.ceil(1e6 / 7500 / (0.7 - 0.4))]);
  });

  test.each(['tls=false', 'payload=256', 'payload=0.25KiB', 'protocol=http/1.1', `cpu=${bench.host.cpu}`])(
    '--deployment %s is as measured',
    async (trait) => {
      expect((await million('--deployment', trait)).nodes[0]).toBe(184);
    },
  );
});

describe.concurrent('a projection is refused, with exit code 3,', () => {
  test.each([
    ['tls=true', 'TLS would be true, and was false: measure there'],
    ['payload=1KiB', 'the payload would be 1024, and was 256'],
    ['protocol=h2', 'the HTTP version would be h2, and was http/1.1'],
    ['cpu=Other, with a comma', 'the CPU would be Other, with a comma, and was Made-up CPU 3000'],
    ['proxy=nginx', 'the proxy would be nginx, and was not measured'],
  ])('for --deployment %s', async (trait, message) => {
    const { code, stdout } = await project('1', '--scaling', others(), '--deployment', trait);
    expect(stdout).toContain(`not projected to 1000000 or 10000000 streams: ${message}`);
    expect(code).toBe(3);
  });

  test.each([
    ['--memory', '1GB', 'what a stream needs of memory is not known'],
    ['--cores', '4', 'what a stream needs of CPU is not known'],
  ])('where %s is counted on, and its costs were not measured', async (flag, value, message) => {
    const { code, stdout } = await project('unseen', '--scaling', others(), flag, value);
    expect(stdout).toContain(message);
    expect(code).toBe(3);
    expect((await project('unseen', '--scaling', others())).code).toBe(0);
  });

  test('where --memory is counted on, and several nodes were measured together', async () => {
    const { code, stdout } = await project('2', '--scaling', at('1'), '--memory', '1GB');
    expect(stdout).toContain('what one node needs of memory is not known of 2: give a search on one');
    expect(code).toBe(3);
  });

  test('where a node is full before its first stream', async () => {
    const { code, stdout } = await project('1', '--scaling', others(), '--memory', '50MB');
    expect(stdout).toContain('no number of nodes has enough memory: a node is full before its first stream');
    expect(code).toBe(3);
  });
});

describe.concurrent('wrong usage of ssert bench project exits 2 with one line:', () => {
  const wrong = async (...args: string[]): Promise<string> => {
    const { code, complaints } = await runHere(['bench', 'project', ...args]);
    expect([code, complaints.length]).toEqual([2, 1]);
    return complaints.join();
  };

  test.each([
    [[], /give RESULT.json: ssert bench project/],
    [['a.json', 'b.json'], /one RESULT.json at a time; "b.json" is one too many/],
    [['/nowhere.json'], /\/nowhere.json cannot be read/],
    [['package.json'], /package.json is "no result at schema"/],
  ])('%j', async (args, message) => {
    expect(await wrong(...args)).toMatch(message);
  });

  test.each([
    [['--streams', '1e6'], /--streams is "1e6"; give numbers of streams, such as 1000000/],
    [['--headroom', '0.3'], /--headroom is "0.3"; give a part such as 25%/],
    [['--headroom', '100%'], /--headroom is "100%"; give a part/],
    [['--zones', '1'], /--zones is "1"; give a whole number from 2 up/],
    [['--cores', '0'], /--cores is "0"; give a whole number from 1 up/],
    [['--memory', 'much'], /--memory is "much"; give a positive number with its unit/],
    [['--bandwidth', '1Gbit'], /--bandwidth is "1Gbit"; give a positive number with its unit/],
    [['--herd-window', '30s'], /--herd-window makes no difference .*; give --storm FILE/],
    [['--reporter', 'csv'], /--reporter is "csv"; give one of human json/],
    [['--scaling', '/nowhere.json'], /\/nowhere.json cannot be read/],
    [['--deployment', 'tls'], /--deployment is "tls"; give NAME=VALUE with one of cpu payload tls protocol proxy/],
    [['--deployment', 'ram=4'], /--deployment is "ram=4"; give NAME=VALUE/],
    [['--deployment', 'tls=maybe'], /--deployment tls is "maybe"; give one of true false/],
    [['--deployment', 'protocol=h3'], /--deployment protocol is "h3"; give one of http\/1.1 h2/],
    [['--deployment', 'payload=big'], /--deployment payload is "big"; give a positive number/],
    [['--deployment', 'tls=true', '--deployment', 'tls=false'], /--deployment tls is given twice/],
  ])('%j', async (flags, message) => {
    expect(await wrong(at('1'), ...flags)).toMatch(message);
  });

  test.each([
    [
      '1',
      /a search over streams, of steady; give what ssert bench TARGET --scenario storm .*--axis connect-rate wrote/,
    ],
    ['storm-without', /no search, of storm; give what/],
    ['storm-unconfirmed', /its capacity was not confirmed; give the search more time/],
    ['storm-by-generator', /the generator, not the server, was its limit/],
    ['storm-wide', /its capacity is only known within 50 %/],
    ['storm-invalid', /it is invalid \(the publisher was late\); run it again/],
    ['storm-elsewhere', /the CPU differs from where the streams were measured/],
  ])('--storm %s.json', async (name, message) => {
    const complaint = await wrong(at('1'), '--storm', at(name));
    expect(complaint).toContain(`--storm ${at(name)} cannot be used: `);
    expect(complaint).toMatch(message);
  });

  test('a result that does not tell its load', async () => {
    expect(await wrong(at('elsewhere'))).toMatch(/plan.params.topics is .*; give the number, as ssert bench writes it/);
  });
});
