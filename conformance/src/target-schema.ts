import { SettingError } from '@ssert/protocol';
import { z } from 'zod';
import { nearest } from './nearest.ts';
import type { TargetDefinition } from './target.ts';

const aUrl = 'an http:// or https:// URL, such as http://localhost:3000/stream';
const url = z.string({ error: aUrl }).refine(isUrl, { error: aUrl });
const text = z.string({ error: 'text' });
const command = z.string({ error: 'a shell command' }).min(1, { error: 'a shell command' });
const texts = z.array(text, { error: "a list, such as ['one', 'two']" });
const aNumber = 'a whole number from 1 up';
const count = z.int({ error: aNumber }).min(1, { error: aNumber });
const aFunction = z.custom((value) => typeof value === 'function', { error: 'a function' });
const headers = z.record(z.string(), z.string({ error: 'text' }), { error: "{ 'Name': 'value' }" }).optional();
const request = { method: text.optional(), headers, body: z.string({ error: 'text, not an object' }).optional() };

const aStream = 'a URL, or { url, method, headers, body }';
const stream = z.union([url, keyed({ url, ...request }, aStream)], { error: aStream });
const aWay = 'a URL, { url, method, headers, body }, { command } or a function';
const way = z.union([url, aFunction, urlOrCommand({ ...request }, aWay)], { error: aWay });
const aCount = '{ url, pointer }, { command, pointer } or a function';
const aPointer = 'a JSON pointer such as /openStreams';
const pointer = z.string({ error: aPointer }).regex(/^(\/|$)/, { error: aPointer });
const aProcess = "{ start: 'node server.js {port}', cwd, alongside } or { pid }";
const anOrigin = 'an origin such as https://app.example';
const aTime = 'ms, such as 30_000';
const aSize = 'bytes, such as 262_144';

const keys = {
  name: text.optional(),
  stream,
  publish: way.optional(),
  stats: z
    .union([aFunction, urlOrCommand({ pointer: pointer.optional(), headers }, aCount)], { error: aCount })
    .optional(),
  process: keyed(
    {
      start: command.optional(),
      cwd: text.optional(),
      alongside: z.boolean({ error: 'true or false' }).optional(),
      pid: count.optional(),
    },
    aProcess,
  )
    .refine((value) => (value.start === undefined) !== (value.pid === undefined), { error: aProcess })
    .optional(),
  ca: text.optional(),
  http2: url.optional(),
  profile: z.array(text, { error: "a list, such as ['live', 'resumable']" }).optional(),
  replay: count.optional(),
  slowPolicy: text.optional(),
  bounds: z.record(z.string(), z.unknown(), { error: 'limits by name, such as { event: 100 }' }).optional(),
  window: count.optional(),
  goneUrl: url.optional(),
  refusedUrls: z.array(url, { error: 'a list of URLs' }).optional(),
  allowFields: texts.optional(),
  origin: z
    .string({ error: anOrigin })
    .refine((value) => URL.parse(value)?.origin === value, { error: anOrigin })
    .optional(),
  capacity: count.optional(),
  heartbeatEvent: z.union([text, texts], { error: 'an event type, or a list of them' }).optional(),
  lifetime: z.number({ error: aTime }).positive({ error: aTime }).optional(),
  channel: text.optional(),
  buffer: z.number({ error: aSize }).nonnegative({ error: aSize }).optional(),
  firstConnection: z.unknown().optional(),
  other: keyed({ stream, publish: way }, '{ stream, publish }').optional(),
  revoke: way.optional(),
  endStream: way.optional(),
  failUpstream: way.optional(),
  order: text.optional(),
  dual: z.boolean({ error: 'true or false' }).optional(),
} satisfies Record<keyof TargetDefinition, z.ZodType>;

const schema = keyed(keys, '{ stream }');

/**
 * Checks the form of a target's description, as it may come from a file that no compiler has seen.
 * @throws SettingError that names the key at fault
 */
export function checkForm(definition: unknown): void {
  const { error } = schema.safeParse(definition, { reportInput: true });
  if (error?.issues[0]) throw refused(error.issues[0], []);
}

/** An object with these keys and no others. */
function keyed<T extends z.core.$ZodShape>(shape: T, otherwise: string): z.ZodObject<T, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code, keys: unknown }) => {
      if (code !== 'unrecognized_keys') return otherwise;
      const meant = nearest(String(unknown?.[0]), known);
      return meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : `keys are ${known.join(' ')}`;
    },
  });
}

/** What a request or a shell command does. */
function urlOrCommand<T extends z.core.$ZodShape>(shape: T, otherwise: string): z.ZodType {
  return keyed({ url: url.optional(), ...shape, command: command.optional() }, otherwise).refine(
    (value) => ('url' in value && value.url !== undefined) !== ('command' in value && value.command !== undefined),
    { error: otherwise },
  );
}

function refused(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): SettingError {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const [own] = issue.errors.find((branch) => !isOfAnotherKind(branch)) ?? [];
    if (own) return refused(own, path);
  }
  const key = path.map(String).join('.') || 'the target';
  const error = new SettingError(key, issue.input, issue.message);
  if (issue.code === 'unrecognized_keys') {
    const unknown = [...path, issue.keys[0]].map(String).join('.');
    error.message = `there is no key ${JSON.stringify(unknown)}; ${issue.message}`;
  } else if (typeof issue.input === 'object' || typeof issue.input === 'function') {
    error.message = `${key} is ${shown(issue.input)}; give ${issue.message}`;
  }
  return error;
}

/** Whether the value is of a kind that a branch of a union is not for, such as a string where an object may stand. */
function isOfAnotherKind([issue]: readonly z.core.$ZodIssue[]): boolean {
  return issue?.path.length === 0 && (issue.code === 'invalid_type' || issue.message === 'a function');
}

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 59)}…` : json;
}

function isUrl(given: string): boolean {
  const filled = given.replaceAll('{port}', '1').replaceAll('{channel}', 'channel');
  return /^https?:$/.test(URL.parse(filled)?.protocol ?? '');
}
