import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { type ClientReport, capabilities as known, type ReadyState } from '../adapter.ts';
import type { ClientState, HostCommand } from '../hosting.ts';
import { capabilitiesOf, type Subject, type SubjectSource, SubjectUnusable } from '../subject.ts';
import { type Callback, Callbacks } from './callbacks.ts';

/** How long a service may take until it has answered, as in LaunchDarkly's harness. */
const startMs = 10_000;
/** The longest status of a service: its name and its capabilities. */
const longestStatusBytes = 65_536;
/** How long a service may take to delete what it has open, at the end. */
const endMs = 2000;
/** What a service cannot be asked for: scripts, and its process. */
const beyond = ['event-source-interface', 'async-iterator', 'connect-method', 'browser', 'process', 'ends-by-itself'];
/** Until the client has been told which types to listen for, nothing is answered; but for so long at most. */
const listenMs = 2000;

/**
 * A client behind a service that speaks the protocol of LaunchDarkly's SSE contract tests.
 * @param url base URL of the service, which runs already
 */
export function testService(url: string): SubjectSource {
  const base = url.replace(/\/$/, '');
  return { name: base, url: base, start: (signal) => startSubject(base, signal) };
}

async function startSubject(base: string, signal?: AbortSignal): Promise<Subject> {
  const { name = base, capabilities: words = [] } = await status(base, signal);
  // Their words and ours may grow apart: what is not known here is not asked for.
  const capabilities = capabilitiesOf(
    words.filter((word) => known.some((one) => one === word) && !beyond.includes(word)),
  );
  const callbacks = await Callbacks.open();
  const death = Promise.withResolvers<string>();
  const instances = new Map<number, Promise<string>>();
  const over = new AbortController();
  const ask = (method: string, url: string, body?: object): Promise<Response> =>
    request(method, url, over.signal, body);

  const open = async ({ stream, options, intervene }: Extract<HostCommand, { do: 'open' }>): Promise<string> => {
    const { url: streamUrl, types, readTimeoutMs = null, backoff, ...more } = options;
    const callbackUrl = callbacks.add(stream, (callback) => {
      const report = reportOf(callback);
      if (report) subject.onMessage({ tell: 'report', stream, report });
    });
    const on = intervene && { kind: intervene.at, n: intervene.nth };
    const body = {
      ...{
        streamUrl,
        callbackUrl,
        tag: `stream ${stream}`,
        initialDelayMs: backoff?.initialMs ?? null,
        readTimeoutMs,
        ...more,
      },
      ...(backoff ? { backoff: { maxMs: backoff.maxMs, factor: 2, resetMs: backoff.resetMs } } : {}),
      ...(capabilities.has('open-event') ? { report: ['open'] } : {}),
      ...(on ? { [intervene.what === 'close' ? 'closeOn' : 'throwOn']: on } : {}),
    };
    const response = await ask('POST', base, body);
    const location = response.headers.get('location');
    if (!response.ok || location === null) {
      throw new Refusal(`${response.status} ${(await response.text()).slice(0, 200)}`.trim());
    }
    const instance = /^https?:/.test(location) ? location : base + location;
    if (!capabilities.has('event-type-listeners')) return instance;
    for (const type of types) await ask('POST', instance, { command: 'listen', listen: { type } });
    return instance;
  };

  const carryOut = async (command: HostCommand): Promise<void> => {
    const { stream } = command;
    if (command.do === 'open') {
      instances.set(stream, open(command));
      await Promise.race([instances.get(stream), sleep(systemClock, listenMs)]);
      return;
    }
    const instance = await instances.get(stream)?.catch(() => undefined);
    if (instance === undefined) return;
    if (command.do === 'end') {
      callbacks.remove(stream);
      instances.delete(stream);
      await ask('DELETE', instance);
    } else if (command.do === 'state') {
      const answer = await ask('POST', instance, { command: 'state' });
      const { readyState, url } = answer.ok ? ((await answer.json()) as ClientState) : {};
      subject.onMessage({ tell: 'state', stream, readyState, url });
    } else {
      const answer = await ask('POST', instance, { command: command.do });
      // To close and go on telling is our own addition to the protocol.
      if (command.do === 'close' && !answer.ok) await ask('DELETE', instance);
    }
  };

  const subject: Subject = {
    name,
    capabilities,
    send: (command) => {
      const done = carryOut(command).catch((error: Error) => {
        if (error instanceof Refusal) {
          subject.onMessage({ tell: 'refused', stream: command.stream, message: error.message });
        } else death.resolve(`the service does not answer any more: ${reasonOf(error)}`);
      });
      return command.do === 'open' && capabilities.has('event-type-listeners') ? done : undefined;
    },
    onMessage: () => undefined,
    death: death.promise,
    stop: async () => {
      const left = [...instances.keys()];
      const ended = Promise.all(left.map((stream) => carryOut({ do: 'end', stream }).catch(() => undefined)));
      await Promise.race([ended, sleep(systemClock, endMs)]);
      over.abort();
      callbacks.close();
    },
  };
  return subject;
}

/** The service refused to create a stream. */
class Refusal extends Error {}

interface Status {
  readonly name?: string;
  readonly capabilities?: readonly string[];
}

/** Asks until the service answers. @throws SubjectUnusable, also where the signal aborts */
async function status(base: string, ended?: AbortSignal): Promise<Status> {
  const overdue = new AbortController();
  const cancel = systemClock.after(startMs, () => overdue.abort());
  const signal = ended ? AbortSignal.any([overdue.signal, ended]) : overdue.signal;
  let reason = `nothing whole came within ${startMs / 1000} s`;
  try {
    for (;;) {
      try {
        return await statusIn(await request('GET', base, signal), base);
      } catch (error) {
        if (error instanceof SubjectUnusable) throw error;
        if (error instanceof SyntaxError) throw new SubjectUnusable(`${base} answers with what is not JSON`);
        if (signal.aborted) throw new SubjectUnusable(`${base} does not answer: ${reason}`);
        reason = reasonOf(error);
      }
      await sleep(systemClock, 100);
    }
  } finally {
    cancel();
  }
}

/** Reads no more of the body than a status can be: an answer may have no end. @throws SubjectUnusable */
async function statusIn(response: Response, base: string): Promise<Status> {
  const { status: code, headers, body } = response;
  const type = headers.get('content-type') ?? '';
  const complaint =
    code !== 200
      ? `answers ${code} in place of 200`
      : /^text\/event-stream\b/i.test(type)
        ? `answers an event stream, so it is no test service; to judge a server: ssert check ${base}`
        : undefined;
  if (complaint !== undefined) {
    await body?.cancel();
    throw new SubjectUnusable(`${base} ${complaint}`);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    parts.push(part);
    bytes += part.byteLength;
    // To leave the loop cancels the body.
    if (bytes > longestStatusBytes) {
      throw new SubjectUnusable(`${base} answers more than ${longestStatusBytes / 1024} KiB, so it is no test service`);
    }
  }
  return JSON.parse(Buffer.concat(parts).toString()) as Status;
}

function request(method: string, url: string, signal: AbortSignal, body?: object): Promise<Response> {
  return fetch(url, {
    method,
    signal,
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  });
}

/** Fetch tells what is wrong in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

function reportOf({ kind, event, comment = '', error = comment, readyState }: Callback): ClientReport | undefined {
  const state = readyState === undefined ? {} : { readyState: readyState as ReadyState };
  switch (kind) {
    case 'event': {
      const { type, data = '', id = '', origin } = event ?? {};
      return { kind, type: type || 'message', data, id, ...(origin === undefined ? {} : { origin }) };
    }
    case 'comment':
      return { kind, text: comment };
    case 'error':
      return { kind, message: error, ...state };
    case 'open':
      return { kind, ...state };
    default:
      return undefined;
  }
}
