import {
  type Capability,
  type ClientAdapter,
  defineClient,
  type OpenOptions,
  type ReadyState,
} from '@ssert/conformance/client';

/** What every client with the interface of the standard's EventSource has. */
interface EventSourceLike {
  readonly readyState: number;
  readonly url: string;
  addEventListener(type: string, listener: (event: never) => void): void;
  close(): void;
}

interface OwnOrServerEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly lastEventId?: string;
  readonly origin?: string;
}

type Create = (url: string, options: OpenOptions) => EventSourceLike;

/**
 * An adapter for a client with the interface of the standard's EventSource.
 * @param more capabilities beyond those of the interface
 * @param EventSource the constructor, where it is one that a page could use as its own
 * @param failures names under which it tells that a connection failed or ended
 */
export function eventSourceAdapter(
  name: string,
  create: Create,
  more: readonly Capability[] = [],
  { EventSource, failures = ['error'] }: { readonly EventSource?: unknown; readonly failures?: readonly string[] } = {},
): ClientAdapter {
  return defineClient({
    name,
    capabilities: [
      'open-event',
      'error-event',
      'ready-state',
      'origin',
      'url-attribute',
      'close-in-handler',
      'listener-throws',
      'without-error-listener',
      ...(EventSource ? (['event-source-interface'] as const) : []),
      ...more,
    ],
    exposes: { EventSource },
    open: (options, report) => {
      const source = create(options.url, options);
      const take = ({ type, data, lastEventId = '', origin = '' }: OwnOrServerEvent): void => {
        const readyState = source.readyState as ReadyState;
        // The client's own events of these names carry no data.
        if (typeof data === 'string') report({ kind: 'event', type, data, id: lastEventId, origin });
        else if (type === 'open') report({ kind: 'open', readyState });
        else if (failures.includes(type)) report({ kind: 'error', readyState });
      };
      const heard = options.withoutErrorListener ? [] : failures;
      for (const type of new Set(['open', ...heard, 'message', ...options.types])) source.addEventListener(type, take);
      return {
        close: () => source.close(),
        readyState: () => source.readyState as ReadyState,
        url: () => source.url,
      };
    },
  });
}
