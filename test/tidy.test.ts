import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { notTested, serverRules } from '@ssert/conformance';
import { clientNotTested, clientRules } from '@ssert/conformance/client';
import { describe, expect, test } from 'vitest';
import type { Expected } from '../conformance/matrix/expected.ts';
import { cells, serversShown, withMatrix } from '../conformance/matrix/readme-matrix.ts';
import { filesBelow, isTest, root, sources, withoutComments } from './source-tree.ts';

/** Who may import whom: `docs/architecture.md` draws it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  'client-sdk': ['@ssert/protocol'],
  'reference-server': ['@ssert/protocol'],
  conformance: ['@ssert/protocol'],
  simulator: ['@ssert/client', '@ssert/server', '@ssert/protocol'],
  bench: ['@ssert/simulator', '@ssert/client', '@ssert/protocol'],
  cli: ['@ssert/bench', '@ssert/simulator', '@ssert/conformance', '@ssert/server', '@ssert/client', '@ssert/protocol'],
};

/** The only files that may touch the clock, chance or the world outside the process. */
const shells: readonly RegExp[] = [
  /^protocol\/src\/system\.ts$/,
  /^conformance\/src\/((client\/)?access|client\/scripts|in-tests)\//,
  /^reference-server\/src\/((http|stores)\/|adapters\/(node|fastify)\.ts$|server\.ts$)/,
  /^simulator\/src\/(network\/proxy\/|world\/turn\.ts$)/,
  /^bench\/src\/(closed-loop\/(autocannon|rest-load|rest-main)\.ts$|engine\/(clock-us|http1-wire|http2-wire|precise-clock|receiver-main|shard-main|shards)\.ts$|self-check\/null-server(-main)?\.ts$|server-use\/)/,
  /^bench\/src\/shards\/join-(client|server)\.ts$/,
  /^cli\/src\//,
  /^cli\/dashboard\/src\/server-health\.ts$/,
];

const impure: readonly (readonly [string, RegExp])[] = [
  ['reads the clock', /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime/],
  ['sets a timer', /\b(setTimeout|setInterval|setImmediate)\(/],
  ['draws by chance', /\bMath\.random\(|\brandomUUID\(|\bgetRandomValues\(|\brandomBytes\(/],
  ['opens a connection', /\bfetch\(|\bnew WebSocket\(|\bnew EventSource\(/],
];
const impureModules =
  /^node:(net|tls|http|https|http2|dgram|dns|fs|fs\/promises|child_process|worker_threads|cluster|timers|timers\/promises|os|sqlite)$/;

const workspaces = Object.keys(mayImport);
/** What ships: the sources of each workspace, and of the dashboard that is built into one of them. */
const shipped = [...workspaces.map((workspace) => `${workspace}/src`), 'cli/dashboard/src']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => sources(folder).filter(({ path }) => !isTest(path)));

describe('imports point only downward', () => {
  test.each(workspaces)('%s', (workspace) => {
    const allowed = mayImport[workspace] ?? [];
    const wrong = shipped
      .filter(({ path }) => path.startsWith(`${workspace}/`))
      .flatMap(({ path, imports }) =>
        imports
          .filter((name) => /^(@ssert\/|ssert$)/.test(name) && !allowed.includes(name.split('/').slice(0, 2).join('/')))
          .map((name) => `${path} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  test('no source reaches into another workspace by a path', () => {
    const wrong = shipped.flatMap(({ path, imports }) => {
      const [workspace] = path.split('/');
      return imports
        .filter((name) => name.startsWith('.'))
        .filter((name) => join(path, '..', name).split('/')[0] !== workspace)
        .map((name) => `${path} imports ${name}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe('the judge shares nothing with the judged', () => {
  test('of the protocol, conformance uses only the ports and the setting error', () => {
    const fair = new Set(['Clock', 'sleep', 'Random', 'seededRandom', 'SettingError']);
    const wrong = shipped
      .filter(({ path }) => path.startsWith('conformance/'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/import\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'@ssert\/protocol'/g)].flatMap((match) =>
          (match[1] ?? '')
            .split(',')
            .map((name) => name.trim().replace(/^type /, ''))
            .filter((name) => name !== '' && !fair.has(name))
            .map((name) => `${path} uses ${name}`),
        ),
      );
    expect(wrong).toEqual([]);
  });

  test('the folder judge/ imports nothing outside itself', () => {
    const wrong = shipped
      .filter(({ path }) => path.startsWith('conformance/src/judge/'))
      .flatMap(({ path, imports }) =>
        imports.filter((name) => !name.startsWith('./')).map((name) => `${path} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  test('no parser of event streams stands among the dependencies of what judges', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'conformance/package.json'), 'utf8'));
    expect(
      Object.keys(dependencies).filter((name) => /eventsource|event-stream|sse/.test(name.replace('@ssert/', ''))),
    ).toEqual([]);
  });
});

test('only the named shells touch the clock, chance or the network', () => {
  const wrong = shipped
    .filter(({ path }) => !shells.some((shell) => shell.test(path)))
    .flatMap(({ path, text, imports }) => [
      ...impure.filter(([, form]) => form.test(withoutComments(text))).map(([what]) => `${path} ${what}`),
      ...imports.filter((name) => impureModules.test(name)).map((name) => `${path} imports ${name}`),
    ]);
  expect(wrong).toEqual([]);
});

test('streams for Workers, Deno and Bun stand on nothing of Node', () => {
  const files = new Map(shipped.map((file) => [file.path, file]));
  const entries: Readonly<Record<string, string>> = {
    '@ssert/protocol': 'protocol/src/index.ts',
    '@ssert/protocol/system': 'protocol/src/system.ts',
  };
  const seen = new Set<string>();
  const wrong: string[] = [];
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const { text = '', imports = [] } = files.get(path) ?? {};
    if (text === '') wrong.push(`${path} is not there`);
    if (/\b(Buffer|process|require|__dirname)\b[.(]/.test(withoutComments(text)))
      wrong.push(`${path} uses Node's globals`);
    for (const name of imports) {
      const next = name.startsWith('.') ? join(path, '..', name) : entries[name];
      if (next === undefined) wrong.push(`${path} imports ${name}`);
      else visit(next);
    }
  };
  visit('reference-server/src/web.ts');
  expect(wrong).toEqual([]);
  expect(seen.size).toBeGreaterThan(10);
});

test('the examples are what the suite is run on, and pages that show one show it as it is', () => {
  const readme = readFileSync(join(root, 'reference-server/README.md'), 'utf8');
  const variants = readFileSync(join(root, 'conformance/targets/reference/variants.ts'), 'utf8');
  const examples = sources('reference-server/examples').map(({ path, text }) => ({
    name: basename(path, '.ts'),
    text,
  }));
  // One is started through another, one on no runtime that is here.
  const started = examples.map(({ name }) => name).filter((name) => name !== 'web' && name !== 'workers');
  expect(started.filter((name) => !variants.includes(`'${name}'`))).toEqual([]);
  expect(examples.filter(({ name }) => !readme.includes(`examples/${name}.ts`))).toEqual([]);
  expect(readme).toContain(examples.find(({ name }) => name === 'node-http')?.text);
});

describe('names', () => {
  test('no file is a room for everything', () => {
    const rooms = /(^|\/)(utils?|helpers?|common|misc|manager|types|constants)(\.test)?(\.ts|\/)/;
    expect(workspaces.flatMap((workspace) => filesBelow(workspace)).filter((path) => rooms.test(path))).toEqual([]);
  });

  test('every workspace has a package.json and a README', () => {
    const missing = workspaces.flatMap((workspace) => [`${workspace}/package.json`, `${workspace}/README.md`]);
    expect(missing.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('every rule of the suite', () => {
  test('has an id of its own that begins with its area, and a code of its own', () => {
    const ids = serverRules.map(({ id }) => id);
    const codes = [...serverRules, ...notTested].map(({ code }) => code);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(codes).size).toBe(codes.length);
    expect(ids.filter((id) => !/^[a-z0-9]+\/[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  });

  test('links to the text that it follows', () => {
    const wrong = serverRules.filter(({ spec }) => !spec.every(({ url }) => URL.canParse(url)));
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  test('has a planted defect that must turn it red', () => {
    const planted = new Set(
      sources('conformance/defects').flatMap(({ text }) =>
        [...text.matchAll(/breaks: '([^']+)'/g)].map((match) => match[1]),
      ),
    );
    // What a MAY finds is never red.
    const able = serverRules.filter(({ level }) => level !== 'MAY');
    expect(able.map(({ id }) => id).filter((id) => !planted.has(id))).toEqual([]);
    expect([...planted].filter((id) => !serverRules.some((rule) => rule.id === id))).toEqual([]);
  });
});

describe('every rule for clients', () => {
  test('has an id and a code of its own, and what is left out is told apart', () => {
    const ids = clientRules.map(({ id }) => id);
    const codes = [...clientRules.map(({ code }) => code), ...clientNotTested.flatMap((one) => one.codes)];
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(codes).size).toBe(codes.length);
    expect(ids.filter((id) => !/^[a-z0-9]+\/[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  });

  test('has a planted defect that must turn it red', () => {
    const planted = new Set(
      sources('conformance/defective-clients').flatMap(({ text }) =>
        [...text.matchAll(/breaks: '([^']+)'/g)].map((match) => match[1]),
      ),
    );
    const able = clientRules.filter(({ level }) => level !== 'MAY').map(({ id }) => id);
    expect(able.filter((id) => !planted.has(id))).toEqual([]);
    expect([...planted].filter((id) => !clientRules.some((rule) => rule.id === id))).toEqual([]);
  });
});

test('the indexes of defects and legal servers name every list of them', () => {
  const lists = [...sources('conformance/defects'), ...sources('conformance/legal')].flatMap(({ text }) =>
    [...text.matchAll(/^export const (\w+): readonly (?:Defect|LegalVariant)\[\]/gm)].map((match) => match[1] ?? ''),
  );
  const folders = ['defects', 'legal'].map((folder) => `conformance/${folder}/index.ts`);
  const indexes = [...folders, 'conformance/defects/http.ts'].map((path) => readFileSync(join(root, path), 'utf8'));
  expect(lists.length).toBeGreaterThan(15);
  expect(lists.filter((name) => !indexes.some((text) => new RegExp(`\\b${name},`).test(text)))).toEqual([]);
});

describe('the failures of real servers', () => {
  const expected: Expected = JSON.parse(readFileSync(join(root, 'conformance/targets/expected.json'), 'utf8'));
  const order = serverRules.map(({ id }) => id);

  test('stand in the README, in a column for each server', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    expect(serversShown(readme).toSorted()).toEqual(Object.keys(expected).toSorted());
    expect(readme).toBe(withMatrix(readme, expected, order));
  });

  test('come from a dozen servers and more in four languages at least', () => {
    expect(Object.keys(expected).length).toBeGreaterThan(12);
    const targets = filesBelow('conformance/targets');
    const languages = ['ts', 'go', 'rs', 'java', 'py'].filter((ending) =>
      targets.some((p) => p.endsWith(`.${ending}`)),
    );
    expect(languages).toHaveLength(5);
  });

  test('were each confirmed by hand, and the page about the targets says how', () => {
    const page = readFileSync(join(root, 'conformance/targets/README.md'), 'utf8');
    const confirmed = Object.keys(expected).map((name): [string, string[]] => [name, []]);
    const byName = new Map(confirmed);
    for (const line of page.split('\n').filter((line) => /^\| `[a-z0-9]+\/[a-z0-9-]+` \|/.test(line))) {
      const [rule = '', servers = ''] = cells(line).map((cell) => cell.replaceAll('`', ''));
      for (const server of servers.split(', ')) byName.get(server)?.push(rule);
    }
    const sorted = (rules: readonly string[]): string[] => [...new Set(rules)].toSorted();
    expect(confirmed.map(([name, rules]) => [name, sorted(rules)])).toEqual(
      Object.entries(expected).map(([name, rules]) => [name, sorted(rules)]),
    );
  });

  test('are no secret where a rule cannot be decided: each server and rule that is named is there', () => {
    const undecided = JSON.parse(readFileSync(join(root, 'conformance/targets/undecided.json'), 'utf8'));
    const named = Object.entries<Record<string, string>>(undecided);
    expect(named.map(([name]) => name).filter((name) => !(name in expected))).toEqual([]);
    expect(named.flatMap(([, rules]) => Object.keys(rules)).filter((id) => !order.some((one) => one === id))).toEqual(
      [],
    );
  });
});

describe('the failures of real clients', () => {
  const clients = join(root, 'conformance/clients');
  const expected: Expected = JSON.parse(readFileSync(join(clients, 'expected.json'), 'utf8'));

  test('stand in the README of their folder, in a column for each client', () => {
    const readme = readFileSync(join(clients, 'README.md'), 'utf8');
    const head = '| a MUST that clients break |';
    expect(serversShown(readme, head).toSorted()).toEqual(Object.keys(expected).toSorted());
    const order = clientRules.map(({ id }) => id);
    expect(readme).toBe(withMatrix(readme, expected, order, head));
  });

  test('that surprise are told in words, each with its script', () => {
    const page = readFileSync(join(clients, 'README.md'), 'utf8');
    const told = [...page.matchAll(/^\| `([a-z-]+)` \| .* \| .* \|$/gm)].map((match) => match[1]);
    const scripts = sources('conformance/clients/findings')
      .filter(({ imports, text }) => imports.length > 0 && /^tell\(/m.test(text))
      .map(({ path }) => basename(path, '.ts'));
    expect(scripts).toHaveLength(11);
    expect(scripts.filter((name) => !told.includes(name))).toEqual([]);
  });

  test('include no accusation of Chromium that the page does not prove', () => {
    const page = readFileSync(join(clients, 'README.md'), 'utf8');
    const proven = page.slice(page.indexOf('## Chromium is the yardstick'), page.indexOf('## Eleven that surprise'));
    expect(expected.chromium?.filter((id) => !proven.includes(`\`${id}\``))).toEqual([]);
  });
});

test('the practice that the reference server names stands where its README says, each with its test', () => {
  const server = join(root, 'reference-server');
  const lines = readFileSync(join(server, 'README.md'), 'utf8').split('\n');
  const rows = lines.map((line) => /^\| .* \| `([\w/.-]+\.ts)` \| `([\w/.-]+\.test\.ts)`: (.*) \|$/.exec(line) ?? []);
  const named = rows.filter((row) => row.length > 0);
  expect(named.length).toBeGreaterThan(20);
  const wrong = named.filter(([, file = '', testFile = '', title = '']) => {
    if (!existsSync(join(server, 'src', file))) return true;
    return !readFileSync(join(server, 'src', testFile), 'utf8').includes(`'${title}'`);
  });
  expect(wrong.map(([line]) => line)).toEqual([]);
});
