import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { defineTarget, type SlowPolicy, type TargetDefinition } from '@ssert/conformance';
import reference from './ssert.target.ts';

/** A way to run the reference server, or its streams in another server. */
export interface Variant {
  readonly name: string;
  readonly target: TargetDefinition;
  /** Stands on what `npm ci` installs in the folder of the examples. */
  readonly isExample?: true;
  /** A command without which it is left out. */
  readonly needs?: string;
  /** Makes what the start command takes for granted. */
  readonly prepare?: () => void;
}

const root = join(import.meta.dirname, '../../..');
const stream = 'http://127.0.0.1:{port}/events';
const channelled = `${stream}?channel={channel}`;

/** What `examples/tenants.ts` promises beside what all examples do, for the rules that no other variant has use for. */
const tenants: Partial<TargetDefinition> = {
  ...privateTo('token-of-alice'),
  other: privateTo('token-of-bob'),
  revoke: { url: 'http://127.0.0.1:{port}/token', method: 'DELETE', headers: bearer('token-of-bob') },
  endStream: { url: 'http://127.0.0.1:{port}/streams', method: 'DELETE', headers: bearer('token-of-alice') },
  goneUrl: 'http://127.0.0.1:{port}/finished',
  profile: ['live', 'resumable', 'private'],
  lifetime: 30_000,
};

function privateTo(token: string): Required<Pick<TargetDefinition, 'stream' | 'publish'>> {
  const access = { url: stream, headers: bearer(token) };
  return { stream: access, publish: access };
}

function bearer(token: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

/** The reference server with further flags, and what is known of it then. */
function served(name: string, flags: string, known: Partial<TargetDefinition> = {}, alongside = true): Variant {
  const { process } = reference;
  if (process === undefined || !('start' in process)) throw new Error('the reference target has no start command');
  const target = {
    ...reference,
    name,
    process: { ...process, start: `${process.start} ${flags}`, alongside },
    ...known,
  };
  return { name, target: defineTarget(target) };
}

function withPolicy(policy: string, slowPolicy: SlowPolicy): Variant {
  return served(policy, `--slow-policy ${policy}`, { slowPolicy });
}

function example(name: string, file: string = name, known: Partial<TargetDefinition> = {}): Variant {
  const start = `exec node --conditions=@ssert/source reference-server/examples/${file}.ts {port}`;
  return { name, target: { ...exampleTarget(name, start), ...known }, isExample: true };
}

function exampleTarget(name: string, start: string): TargetDefinition {
  return defineTarget({
    name,
    stream,
    publish: stream,
    stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
    process: { start, cwd: root, alongside: true },
    profile: ['live', 'resumable'],
    replay: 1000,
    firstConnection: 'live',
    slowPolicy: 'drop',
    capacity: 500,
  });
}

/** The example `web.ts` on a runtime that is not Node. */
function onRuntime(needs: string, command: string): Variant {
  const start = `${command} reference-server/examples/web.ts`;
  return { name: needs, target: exampleTarget(needs, start), needs };
}

/** HTTP/2 and HTTP/1.1 on one port, with a certificate made for this run. */
function overTls(scratch: string): Variant {
  const [cert, key] = [join(scratch, 'cert.pem'), join(scratch, 'key.pem')];
  const secure = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replaceAll('http://127.0.0.1', 'https://127.0.0.1'));
  const { stream: plain, publish, stats, refusedUrls, profile = [] } = reference;
  const known = { ...secure({ stream: plain, publish, stats, refusedUrls }), ca: cert, profile: [...profile, 'h2'] };
  return {
    ...served('http2', `--tls-cert ${cert} --tls-key ${key}`, known as Partial<TargetDefinition>),
    needs: 'openssl',
    prepare: () => writeCertificate(cert, key),
  };
}

/** A certificate for 127.0.0.1 that signs itself. */
function writeCertificate(cert: string, key: string): void {
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
  const subject = ['-subj', '/CN=ssert check', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-out', cert], { stdio: 'pipe' });
}

/** @param scratch a folder for what a server leaves on disk */
export function variants(scratch: string): readonly Variant[] {
  return [
    // With the policy drop-newest, which is the default.
    served('memory', ''),
    // Each start has a file of its own.
    served('sqlite', `--store ${join(scratch, 'events-{port}.sqlite')}`),
    served('gzip', '', { stream: { url: stream, headers: { 'Accept-Encoding': 'gzip' } } }),
    overTls(scratch),
    withPolicy('drop-oldest', 'drop'),
    withPolicy('conflate', 'drop'),
    withPolicy('disconnect', 'disconnect'),
    example('node-http'),
    // What waits on a channel of its own need not wait for what publishes.
    example('channels', 'channels', { stream: channelled, publish: channelled }),
    example('tenants', 'tenants', tenants),
    example('express'),
    example('fastify'),
    example('hono'),
    example('web', 'web-on-node'),
    onRuntime('bun', 'BUN_PORT={port} exec bun --conditions=@ssert/source'),
    onRuntime('deno', 'exec deno serve --conditions @ssert/source --host 127.0.0.1 --port {port}'),
  ];
}

/** @param url of a Redis server that nobody else uses; all processes keep their events there */
export function redisVariant(url: string): Variant {
  return served('redis', `--store ${url}`, {}, false);
}
