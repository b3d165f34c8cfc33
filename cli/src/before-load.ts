import { connect } from 'node:net';
import type { BenchAccess } from '@ssert/bench';
import {
  Exchange,
  mediaType,
  type Target,
  TargetUnreachable,
  trustIn,
  unreachable,
  wireRequest,
} from '@ssert/conformance/access';
import type { Clock } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';

/** Whoever says nothing for so long may be slow, or send no head before its first event: that is for the load to find out, in ms. */
const patienceMs = 1000;

/**
 * Looks, before a load, whether there is an event stream at all: thousands of failures tell less than one does.
 * @throws TargetUnreachable with one line that says what to do
 */
export async function requireStream(
  { request }: Pick<BenchAccess, 'request'>,
  { ca }: Pick<Target, 'ca'>,
  clock: Clock = systemClock,
): Promise<void> {
  const filled = (text: string): string => text.replaceAll('{channel}', 'bench-0');
  const url = new URL(filled(request.url));
  // What speaks HTTP/2 alone says nothing of its streams in HTTP/1.1.
  if (request.protocol === 'h2') return requireListener(url);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, filled(value)]));
  const body = request.body === undefined ? undefined : filled(request.body);
  const defaults = { Accept: 'text/event-stream', 'Cache-Control': 'no-store' };
  const exchange = new Exchange(wireRequest(url, request.method, defaults, { headers, body }), {
    clock,
    trust: ca === undefined ? undefined : trustIn(ca),
  });
  try {
    const head = await exchange.headWithin(patienceMs);
    if (!head) {
      if (exchange.end) throw new TargetUnreachable(unreachable(url, exchange.end));
    } else if (!exchange.isEventStream) {
      const type = head.status === 200 ? ` (${mediaType(head) || 'without a type'})` : '';
      throw new TargetUnreachable(`TARGET answers ${head.status}${type} in place of an event stream`);
    }
  } finally {
    exchange.close();
  }
}

/**
 * Looks whether anybody listens where events are published by HTTP: without one, every publish would go unanswered.
 * @throws TargetUnreachable as above
 */
export async function requirePublishing({ publish }: Pick<Target, 'publish'>): Promise<void> {
  const url = typeof publish === 'object' && 'url' in publish ? publish.url : publish;
  if (typeof url !== 'string' || !URL.canParse(url)) return;
  try {
    await requireListener(new URL(url));
  } catch (error) {
    throw error instanceof TargetUnreachable ? new TargetUnreachable(`--publish: ${error.message}`) : error;
  }
}

/** Asks once how many streams the server counts. @throws TargetUnreachable where it does not tell */
export async function requireCount({ openStreams }: Pick<BenchAccess, 'openStreams'>): Promise<void> {
  await openStreams?.().catch((error: Error) => {
    throw new TargetUnreachable(`--stats: ${error.message}`);
  });
}

/** Looks whether anybody listens there, without asking for anything. @throws TargetUnreachable as above */
export async function requireListener(url: URL): Promise<void> {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>();
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port }, () => resolve(undefined));
  socket.on('error', resolve);
  const cancel = systemClock.after(patienceMs, () => resolve(undefined));
  const error = await promise;
  cancel();
  socket.destroy();
  if (!error) return;
  const { code = 'ERROR', message } = error;
  throw new TargetUnreachable(unreachable(url, { kind: 'unreachable', code, message: message || code }));
}

/**
 * Carries out what is looked at before a load, but tells what is wrong with the flags first.
 * @param idle does as the load would, and ends at once
 * @throws whatever `idle` throws, where the look fails; else what that threw
 */
export async function unlessMisused(look: Promise<void>, idle: () => Promise<unknown>): Promise<void> {
  try {
    await look;
  } catch (error) {
    await idle();
    throw error;
  }
}
