import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const targets = join(root, 'conformance/targets');
const nchanModules = ['/usr/lib/nginx/modules/ngx_nchan_module.so', '/usr/lib64/nginx/modules/ngx_nchan_module.so'];

/** A server under measurement. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  /** Makes ready what the server needs. @returns why it cannot run on this machine, if it cannot */
  readonly prepare?: () => string | undefined;
  /** @param scratch a folder for what the server writes, `built` one with the compiled programs */
  readonly command: (parts: { port: number; scratch: string; built: string }) => readonly string[];
  readonly cwd?: string;
  /** Default: `/events`. */
  readonly streamPath?: string;
  readonly publishPath: string;
  readonly publishBody: 'json' | 'raw';
  /** When it sends the head of a response: at once, or with the first event. */
  readonly heads: 'eager' | 'lazy';
  /** Whether it compresses streams for those who accept it. */
  readonly compresses: boolean;
  /** Measured only when `--only` names it. */
  readonly onRequest?: true;
}

const usual = { publishPath: '/publish', publishBody: 'json', heads: 'eager', compresses: false } as const;

function installTargets(): string | undefined {
  if (existsSync(join(targets, 'node_modules/.package-lock.json'))) return undefined;
  process.stderr.write('npm ci in conformance/targets\n');
  const { status } = spawnSync('npm', ['ci'], { cwd: targets, stdio: ['ignore', 'ignore', 'inherit'] });
  return status === 0 ? undefined : 'npm ci failed in conformance/targets';
}

/** An app in `conformance/targets/` that Node runs. */
function nodeTarget(name: string, title: string): Contender {
  const command: Contender['command'] = ({ port }) => [process.execPath, 'server.ts', String(port)];
  return { ...usual, name, title, prepare: installTargets, command, cwd: join(targets, name) };
}

function buildFiber(): string | undefined {
  const build = spawnSync('go', ['build', '-o', 'server', '.'], { cwd: join(targets, 'go-fiber'), encoding: 'utf8' });
  if (build.error) return 'needs Go';
  return build.status === 0 ? undefined : `go build failed: ${build.stderr}`;
}

function findNchan(): string | undefined {
  if (spawnSync('nginx', ['-v']).error) return 'needs nginx with nchan (Debian: nginx, libnginx-mod-nchan)';
  return nchanModules.some(existsSync) ? undefined : "needs nginx's nchan module (Debian: libnginx-mod-nchan)";
}

function nchanCommand({ port, scratch }: { port: number; scratch: string }): readonly string[] {
  const folder = join(scratch, `nchan-${port}`);
  mkdirSync(folder);
  const values: Record<string, string> = {
    port: String(port),
    scratch: folder,
    module: nchanModules.find(existsSync) ?? '',
  };
  const template = readFileSync(join(import.meta.dirname, 'peers/nchan.conf'), 'utf8');
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    template.replace(/\{(port|scratch|module)\}/g, (_, name: string) => values[name] ?? ''),
  );
  return ['nginx', '-p', folder, '-c', file];
}

export const floor: Contender = {
  ...usual,
  name: 'floor',
  title: 'C floor',
  command: ({ port, built }) => [join(built, 'floor'), String(port)],
};

export const ours: Contender = {
  name: 'ssert',
  title: 'ssert',
  command: ({ port }) => [
    process.execPath,
    '--conditions=@ssert/source',
    join(root, 'cli/src/main.ts'),
    ...['serve', '--events', '--port', String(port), '--max-streams', '20000', '--compress', '--log-level', 'error'],
  ],
  publishPath: '/events',
  publishBody: 'json',
  heads: 'eager',
  compresses: true,
};

/** Ours with streams that only its routes understand, which a browser on another origin gets too. */
const oursThroughRoutes: Contender = {
  ...ours,
  name: 'ssert-routes',
  title: 'ssert, routes',
  streamPath: '/events?through=routes',
  onRequest: true,
};

export const peers: readonly Contender[] = [
  {
    ...usual,
    name: 'node-http',
    title: 'node:http loop',
    command: ({ port }) => [process.execPath, join(import.meta.dirname, 'peers/node-http.ts'), String(port)],
  },
  nodeTarget('better-sse', 'better-sse'),
  { ...nodeTarget('fastify-sse', '@fastify/sse'), heads: 'lazy' },
  nodeTarget('hono', 'hono'),
  nodeTarget('express-sse', 'express-sse'),
  {
    ...usual,
    name: 'go-fiber',
    title: 'Go Fiber',
    prepare: buildFiber,
    command: ({ port }) => [join(targets, 'go-fiber/server'), String(port)],
  },
  {
    ...usual,
    name: 'nchan',
    title: 'nginx+nchan',
    prepare: findNchan,
    command: nchanCommand,
    publishBody: 'raw',
  },
  { ...nodeTarget('h3', 'h3'), heads: 'lazy', onRequest: true },
  { ...nodeTarget('express', 'express'), heads: 'lazy', onRequest: true },
  oursThroughRoutes,
];
