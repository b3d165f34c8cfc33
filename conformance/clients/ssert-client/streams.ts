import { EventStream } from '@ssert/client';
import type { ClientAdapter } from '@ssert/conformance/client';

/** Our own client, by its adapter; the same in Node.js and in a page. */
export const ourClient: ClientAdapter = {
  name: '@ssert/client',
  capabilities: [
    'open-event',
    'error-event',
    'ready-state',
    'headers',
    'last-event-id',
    'post',
    'report',
    'read-timeout',
    'restart',
    'origin',
    'backoff',
    'backoff-settings',
    'max-retries',
    'jitter',
    'retry-statuses',
    'close-in-handler',
    'listener-throws',
    'async-iterator',
    'max-event-size',
    'without-error-listener',
  ],
  exposes: { iterate: (url) => new EventStream(url) },
  open: (options, report) => {
    const { url, types, method, headers, body, lastEventId, readTimeoutMs, backoff, maxRetries, ...more } = options;
    const { jitter, retryStatuses, maxEventBytes } = more;
    const stream = new EventStream(url, {
      ...(method ? { method } : {}),
      ...(headers ? { headers } : {}),
      ...(body === undefined ? {} : { body }),
      ...(lastEventId === undefined ? {} : { lastEventId }),
      ...(readTimeoutMs === undefined ? {} : { watchdogMs: readTimeoutMs }),
      ...(retryStatuses ? { retryStatus: retryStatuses } : {}),
      ...(maxEventBytes === undefined ? {} : { maxDataLength: maxEventBytes }),
      reconnect: {
        ...(jitter === undefined ? {} : { jitter }),
        ...(backoff ? { initial: backoff.initialMs, max: backoff.maxMs } : {}),
        ...(maxRetries === undefined ? {} : { retries: maxRetries }),
      },
    });
    const readyState = (): 0 | 1 | 2 => {
      const { name } = stream.state;
      return name === 'open' ? 1 : name === 'closed' ? 2 : 0;
    };
    const deliver = (event: Event): void => {
      const {
        type,
        data,
        lastEventId: id,
        origin,
      } = event as Event & { data?: unknown; lastEventId: string; origin: string };
      // The client's own events of these names carry no data.
      if (typeof data === 'string') report({ kind: 'event', type, data, id, origin });
      else if (type === 'open') report({ kind: 'open', readyState: readyState() });
      else if (type === 'error') report({ kind: 'error', readyState: readyState() });
    };
    let isClosedHere = false;
    // After a 204 the client tells its state alone: that is an end that the caller did not ask for.
    stream.addEventListener('state', () => {
      const { state } = stream;
      if (state.name === 'closed' && !state.problem && !isClosedHere) report({ kind: 'error', readyState: 2 });
    });
    const heard = options.withoutErrorListener ? ['open', 'message'] : ['open', 'error', 'message'];
    for (const type of new Set([...heard, ...types])) stream.addEventListener(type, deliver);
    const close = (): void => {
      isClosedHere = true;
      stream.close();
    };
    return { close, restart: () => stream.restart(), readyState };
  },
};
