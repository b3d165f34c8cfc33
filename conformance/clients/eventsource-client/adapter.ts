import { defineClient } from '@ssert/conformance/client';
import { createEventSource } from 'eventsource-client';

const readyStates = { connecting: 0, open: 1, closed: 2 } as const;

/** The `eventsource-client` package. An event has the ID of its block; the stream's is `lastEventId` of the client. */
export default defineClient({
  name: 'eventsource-client',
  capabilities: [
    'open-event',
    'error-event',
    'ready-state',
    'comments',
    'headers',
    'post',
    'report',
    'last-event-id',
    'close-in-handler',
    'listener-throws',
    'async-iterator',
    'connect-method',
  ],
  exposes: {
    iterate: (url) => createEventSource(url),
    connect: (url, tell) => createEventSource({ url, onMessage: ({ data }) => tell(data) }),
  },
  open: ({ url, method, headers, body, lastEventId }, report) => {
    // A lost connection is told by onDisconnect, a failed request only by the next one being scheduled.
    let isLossTold = false;
    const lost = (): void => report({ kind: 'error', readyState: readyStates[client.readyState] });
    const client = createEventSource({
      url,
      ...(method ? { method } : {}),
      ...(headers ? { headers: { ...headers } } : {}),
      ...(body === undefined ? {} : { body }),
      ...(lastEventId === undefined ? {} : { initialLastEventId: lastEventId }),
      onMessage: ({ event = 'message', data }) =>
        report({ kind: 'event', type: event || 'message', data, id: client.lastEventId ?? '' }),
      onComment: (text) => report({ kind: 'comment', text }),
      onConnect: () => report({ kind: 'open', readyState: readyStates[client.readyState] }),
      onDisconnect: () => {
        isLossTold = true;
        lost();
      },
      onScheduleReconnect: () => {
        if (!isLossTold) lost();
        isLossTold = false;
      },
    });
    return { close: () => client.close(), readyState: () => readyStates[client.readyState] };
  },
});
