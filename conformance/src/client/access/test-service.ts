import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { type ClientReport, capabilities as known, type ReadyState } from '../adapter.ts';
import type { ClientState, HostCommand } from '../hosting.ts';
import { capabilitiesOf, type Subject, type SubjectSource, SubjectUnusable } from '../subject.ts';
import { type Callback, Callbacks } from './callbacks.ts';

/** How long a service may take until it answers, as in LaunchDarkly's harness. */
const startMs = 10_000;
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
  return { name: base, url: base, start: () => startSubject(base) };
}

async function startSubject(base: string): Promise<Subject> {
  const { name = base, capabilities: words = [] } = await status(base);
  // Their words and ours may grow apart: what is not known here is not asked for.
  const capabilities = capabilitiesOf(
    words.filter((word) => known.some((one) => one === word) && !beyond.includes(word)),
  );
  const callbacks = await Callbacks.open();
  const death = Promise.withResolvers<string>();
  const instances = new Map<number, Promise<string>>();

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
      await Promise.all(left.map((stream) => carryOut({ do: 'end', stream }).catch(() => undefined)));
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

/** Asks until the service answers. @throws SubjectUnusable */
async function status(base: string): Promise<Status> {
  const overdueMs = systemClock.now() + startMs;
  for (;;) {
    try {
      const response = await ask('GET', base);
      if (response.status !== 200) throw new SubjectUnusable(`${base} answers ${response.status} in place of 200`);
      return JSON.parse(await response.text()) as Status;
    } catch (error) {
      if (error instanceof SubjectUnusable) throw error;
      if (error instanceof SyntaxError) throw new SubjectUnusable(`${base} answers with what is not JSON`);
      if (systemClock.now() > overdueMs) throw new SubjectUnusable(`${base} does not answer: ${reasonOf(error)}`);
      await sleep(systemClock, 100);
    }
  }
}

function ask(method: string, url: string, body?: object): Promise<Response> {
  return fetch(url, {
    method,
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
