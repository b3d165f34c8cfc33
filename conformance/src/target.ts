import { SettingError } from '@ssert/protocol';
import { type BoundName, type Bounds, defaultBounds } from './bounds.ts';
import { checkForm } from './target-schema.ts';

/** What a server promises; rules about other promises are skipped. */
export const profiles = ['live', 'resumable', 'browser', 'private', 'finite', 'h2'] as const;
export type Profile = (typeof profiles)[number];

export const slowPolicies = ['drop', 'disconnect', 'buffer', 'any'] as const;
export type SlowPolicy = (typeof slowPolicies)[number];

/** What is promised of the order of events: that all clients see the same one, or only that of each publisher's own. */
export const orders = ['total', 'per-publisher'] as const;
export type Order = (typeof orders)[number];

/** An event as the harness asks for it. `retry` is in ms; rules also try numbers that are not whole, and text. */
export interface PublishedEvent {
  readonly data: string;
  readonly event?: string;
  readonly id?: string;
  readonly retry?: number | string;
}

/**
 * An HTTP request; `{{data}}`, `{{event}}`, `{{id}}` and `{{retry}}` stand for the event's fields: percent-encoded in the
 * URL, in the body as its `Content-Type` wants (JSON where there is none, form fields, else as they are), and as they are
 * in header fields, of which one is left out where the event lacks its part.
 */
export interface RequestTemplate {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the event as JSON. */
  readonly body?: string;
}

/** What a publish function tells: `refused` for a value that the server does not take. */
export type PublishAnswer = 'accepted' | 'refused';

export type PublishAccess =
  | string
  | RequestTemplate
  /** Gets the event as JSON on standard input; exit 0 accepted, 1 refused, anything else no answer. */
  | { readonly command: string }
  /** `channel` is the channel's name, where the target has several. */
  | ((event: PublishedEvent, channel: string) => Promise<PublishAnswer>);

export type StatsAccess =
  | { readonly url: string; readonly pointer?: string; readonly headers?: Readonly<Record<string, string>> }
  /** Prints the number, or JSON that holds it at `pointer`. */
  | { readonly command: string; readonly pointer?: string }
  | (() => Promise<number>);

/** Where a stream without Last-Event-ID begins: with the `last` events that were published before, `all`, or none. */
export type FirstConnection = 'live' | 'all' | { readonly last: number };

/** Makes the server do something; a URL gets an empty POST, a command exits 0, a function settles once it is done. */
export type TriggerAccess = string | RequestTemplate | { readonly command: string } | (() => Promise<unknown>);

/** A request whose answer is an event stream. */
export type StreamAccess =
  | string
  | {
      readonly url: string;
      readonly method?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

/**
 * A server under test, as an `ssert.target.ts` exports it or the flags of `ssert check` describe it. `{port}` in a URL
 * or command stands for a free port that the harness chooses. `{channel}` in what is said of the stream, and of
 * publishing to it, stands for the name of a channel: what is published to one does not come on another, so that rules
 * which wait on an idle stream do so beside those that publish.
 */
export interface TargetDefinition {
  readonly name?: string;
  readonly stream: StreamAccess;
  readonly publish?: PublishAccess;
  readonly stats?: StatsAccess;
  /** `alongside`: several of its processes may run at once, as they share no file, no database and no port. */
  readonly process?:
    | { readonly start: string; readonly cwd?: string; readonly alongside?: boolean }
    | { readonly pid: number };
  /** A PEM file with certificates to trust, for a server that signs its own. */
  readonly ca?: string;
  /** The stream's URL over HTTP/2 where it is another; implies `h2`. `http://` is with prior knowledge. */
  readonly http2?: string;
  /** Default `live`. */
  readonly profile?: readonly Profile[];
  /** Events that the replay log holds; implies `resumable`. */
  readonly replay?: number;
  readonly slowPolicy?: SlowPolicy;
  readonly bounds?: Partial<Bounds>;
  /** Events that may be under way to the slowest client at once, where `bounds` does not say it. */
  readonly window?: number;
  /** A URL of a stream that has ended for good. */
  readonly goneUrl?: string;
  /** URLs that must be refused before any stream byte: a bad parameter, an unknown topic. */
  readonly refusedUrls?: readonly string[];
  /** Field names beyond the standard's that the server sends on purpose. */
  readonly allowFields?: readonly string[];
  /** An origin that the server allows; default: that of the stream's own URL. */
  readonly origin?: string;
  /** Streams that the server declares to hold at once. */
  readonly capacity?: number;
  /** Event types that the server sends by itself, its heartbeat for one. */
  readonly heartbeatEvent?: string | readonly string[];
  /** Milliseconds after which the server ends a stream on purpose. */
  readonly lifetime?: number;
  /** The channel that `{channel}` stands for, but for streams that wait on channels of their own. Default `ssert`. */
  readonly channel?: string;
  /** Bytes that may wait for a reader which is slow and does read, before `slowPolicy` applies to it. */
  readonly buffer?: number;
  /** What a stream without Last-Event-ID begins with. */
  readonly firstConnection?: FirstConnection;
  /** A stream that carries what `stream` must not: another principal's or topic's, and how to publish to it alone. */
  readonly other?: { readonly stream: StreamAccess; readonly publish: PublishAccess };
  /** Revokes the credential of the stream of `other`; nothing uses it afterwards. */
  readonly revoke?: TriggerAccess;
  /** Makes the server end its open streams as it does when it has no more to send; those opened later are served. */
  readonly endStream?: TriggerAccess;
  /** Makes what the server's events come from fail, for rules on streams that end; there is none yet. */
  readonly failUpstream?: TriggerAccess;
  /** Default `total`; a cluster may promise less. */
  readonly order?: Order;
  /** The endpoint also serves another representation, as MCP's does. */
  readonly dual?: boolean;
}

/** A stream request with every default applied. */
export interface StreamRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A target with its port filled in and every default applied. */
export interface Target {
  readonly name: string;
  readonly stream: StreamRequest;
  readonly publish: PublishAccess | undefined;
  readonly stats: StatsAccess | undefined;
  readonly process: TargetDefinition['process'];
  readonly ca: string | undefined;
  /** Undefined where it is that of the stream. */
  readonly http2: URL | undefined;
  readonly profiles: ReadonlySet<Profile>;
  readonly replay: number | undefined;
  readonly slowPolicy: SlowPolicy;
  readonly bounds: Bounds;
  readonly goneUrl: URL | undefined;
  readonly refusedUrls: readonly URL[];
  readonly allowFields: readonly string[];
  readonly origin: string;
  readonly capacity: number | undefined;
  readonly ownEventTypes: readonly string[];
  readonly lifetimeMs: number | undefined;
  /** The channel that this target is about, where the server has several; a name says nothing where it has one. */
  readonly channel: string;
  readonly hasChannels: boolean;
  readonly statsByChannel: boolean;
  readonly bufferBytes: number | undefined;
  readonly firstConnection: FirstConnection | undefined;
  readonly other: { readonly stream: StreamRequest; readonly publish: PublishAccess } | undefined;
  readonly revoke: TriggerAccess | undefined;
  readonly endStream: TriggerAccess | undefined;
  readonly order: Order;
  readonly dual: boolean;
  /** Whether every address of the target is this machine's own. */
  readonly onLoopback: boolean;
}

/** Describes a server under test with the compiler's help; returns its argument. */
export function defineTarget(definition: TargetDefinition): TargetDefinition {
  return definition;
}

/** Whether the definition leaves its port to the harness. */
export function wantsPort(definition: TargetDefinition): boolean {
  return streamUrl(definition).includes('{port}');
}

/**
 * Fills in the port, the channel and the defaults.
 * @param port what `{port}` stands for
 * @param channel what `{channel}` stands for, where that is not the target's `channel`
 * @throws SettingError that names the key
 */
export function resolveTarget(definition: TargetDefinition, port?: number, channel?: string): Target {
  checkForm(definition);
  const name = channel ?? definition.channel ?? 'ssert';
  const places = { ...(port === undefined ? {} : { '{port}': String(port) }), '{channel}': encodeURIComponent(name) };
  const fill = <T>(value: T): T => filled(value, places);
  const hasChannels = mentionsChannel(definition.stream);
  checkChannels(definition, hasChannels);
  const stream = streamRequest('stream', fill(definition.stream));
  const { url } = stream;
  const gone = definition.goneUrl === undefined ? undefined : parseUrl('goneUrl', fill(definition.goneUrl));
  const profileSet = new Set<Profile>(definition.profile ?? ['live']);
  for (const profile of profileSet) oneOf('profile', profile, profiles);
  if (definition.replay !== undefined) profileSet.add('resumable');
  const http2 = definition.http2 === undefined ? undefined : parseUrl('http2', fill(definition.http2));
  if (http2) profileSet.add('h2');
  if (definition.slowPolicy !== undefined) oneOf('slowPolicy', definition.slowPolicy, slowPolicies);
  if (definition.order !== undefined) oneOf('order', definition.order, orders);
  const heartbeat = definition.heartbeatEvent ?? [];
  return {
    name: definition.name ?? url.href,
    stream,
    publish: fill(definition.publish),
    stats: fill(definition.stats),
    process: definition.process,
    ca: definition.ca,
    http2,
    profiles: profileSet,
    replay: definition.replay,
    slowPolicy: definition.slowPolicy ?? 'any',
    bounds: resolveBounds({
      ...(definition.window === undefined ? {} : { window: definition.window }),
      ...definition.bounds,
    }),
    goneUrl: gone,
    refusedUrls: (definition.refusedUrls ?? []).map((one) => parseUrl('refusedUrls', fill(one))),
    allowFields: definition.allowFields ?? [],
    origin: definition.origin ?? url.origin,
    capacity: definition.capacity,
    ownEventTypes: typeof heartbeat === 'string' ? [heartbeat] : heartbeat,
    lifetimeMs: definition.lifetime,
    channel: name,
    hasChannels,
    statsByChannel: mentionsChannel(definition.stats),
    bufferBytes: definition.buffer,
    firstConnection: checkedFirstConnection(definition.firstConnection),
    other: resolveOther(fill(definition.other)),
    revoke: fill(definition.revoke),
    endStream: fill(definition.endStream),
    order: definition.order ?? 'total',
    dual: definition.dual ?? false,
    onLoopback: isLoopback(url) && (http2 === undefined || isLoopback(http2)),
  };
}

/** Whether a URL's host is this machine, by its name alone: nothing is looked up. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/i.test(url.hostname);
}

function streamRequest(key: string, given: StreamAccess | undefined): StreamRequest {
  const { url, method, headers, body } = typeof given === 'string' ? { url: given } : (given ?? ({} as never));
  return {
    url: parseUrl(key, url),
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: headers ?? {},
    body,
  };
}

function resolveOther(given: TargetDefinition['other']): Target['other'] {
  if (given === undefined) return undefined;
  return { stream: streamRequest('other.stream', given.stream), publish: given.publish };
}

function checkedFirstConnection(given: FirstConnection | undefined): FirstConnection | undefined {
  const isCount = given !== null && typeof given === 'object' && Number.isInteger(given.last) && given.last > 0;
  if (given === undefined || given === 'live' || given === 'all' || isCount) return given;
  throw new SettingError('firstConnection', given, "'live', 'all' or { last: 20 }");
}

function streamUrl(definition: TargetDefinition): string {
  return typeof definition.stream === 'string' ? definition.stream : definition.stream.url;
}

/** A copy in which every string has each place filled in. */
function filled<T>(value: T, places: Readonly<Record<string, string>>): T {
  if (typeof value === 'string') {
    return Object.entries(places).reduce<string>((text, [place, by]) => text.replaceAll(place, by), value) as T;
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, places)])) as T;
}

function mentionsChannel(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('{channel}');
  return typeof value === 'object' && value !== null && Object.values(value).some(mentionsChannel);
}

/** Streams of channels to which nothing can be published, or the reverse, would make the rules wait for nothing. */
function checkChannels({ publish, channel }: TargetDefinition, hasChannels: boolean): void {
  if (channel !== undefined && !/^[\w.~-]+$/.test(channel)) {
    throw new SettingError('channel', channel, 'a name of letters, digits, and - . _ ~');
  }
  if (publish === undefined || typeof publish === 'function' || mentionsChannel(publish) === hasChannels) return;
  const shown = typeof publish === 'string' ? publish : JSON.stringify(publish);
  throw new SettingError('publish', shown, `{channel} in it ${hasChannels ? 'as well' : 'only'} if stream has it`);
}

function parseUrl(key: string, text: unknown): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new SettingError(key, text, 'an http:// or https:// URL, such as http://localhost:3000/stream');
  }
  return url;
}

function oneOf(key: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new SettingError(key, value, `one of ${allowed.join(' ')}`);
}

function resolveBounds(given: Partial<Bounds>): Bounds {
  for (const [name, value] of Object.entries(given)) {
    if (!(name in defaultBounds))
      throw new SettingError(`bounds.${name}`, value, `one of ${Object.keys(defaultBounds).join(' ')}`);
    if (!(Number.isFinite(value) && value > 0))
      throw new SettingError(`bounds.${name as BoundName}`, value, 'a positive number');
  }
  return { ...defaultBounds, ...given };
}
