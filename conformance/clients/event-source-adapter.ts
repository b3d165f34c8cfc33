import { type Capability, type ClientAdapter, defineClient } from '@ssert/conformance/client';

/** What every client with the interface of the standard's EventSource has. */
interface EventSourceLike {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: never) => void): void;
  close(): void;
}

interface OwnOrServerEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly lastEventId?: string;
  readonly origin?: string;
}

type Create = (url: string, headers: Readonly<Record<string, string>> | undefined) => EventSourceLike;

/**
 * An adapter for a client with the interface of the standard's EventSource.
 * @param more capabilities beyond those of the interface
 */
export function eventSourceAdapter(name: string, create: Create, more: readonly Capability[] = []): ClientAdapter {
  return defineClient({
    name,
    capabilities: [
      'open-event',
      'error-event',
      'ready-state',
      'origin',
      'close-in-handler',
      'listener-throws',
      ...more,
    ],
    open: ({ url, types, headers }, report) => {
      const source = create(url, headers);
      const take = ({ type, data, lastEventId = '', origin = '' }: OwnOrServerEvent): void => {
        const readyState = source.readyState as 0 | 1 | 2;
        // The client's own events of these names carry no data.
        if (typeof data === 'string') report({ kind: 'event', type, data, id: lastEventId, origin });
        else if (type === 'open' || type === 'error') report({ kind: type, readyState });
      };
      for (const type of new Set(['open', 'error', 'message', ...types])) source.addEventListener(type, take);
      return { close: () => source.close() };
    },
  });
}
