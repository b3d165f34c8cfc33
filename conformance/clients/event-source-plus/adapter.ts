import { defineClient } from '@ssert/conformance/client';
import { EventSourcePlus } from 'event-source-plus';

/** The `event-source-plus` package; its wait between requests doubles, as documented. */
export default defineClient({
  name: 'event-source-plus',
  capabilities: ['open-event', 'error-event', 'headers', 'post', 'backoff', 'close-in-handler', 'listener-throws'],
  open: ({ url, method, headers, body }, report) => {
    const source = new EventSourcePlus(url, {
      ...(method === 'POST' ? { method: 'post' } : {}),
      ...(headers ? { headers: { ...headers } } : {}),
      ...(body === undefined ? {} : { body }),
    });
    const failed = (): void => report({ kind: 'error' });
    const controller = source.listen({
      onResponse: ({ response }) => {
        if (response.ok) report({ kind: 'open' });
      },
      onMessage: ({ event, data }) =>
        report({ kind: 'event', type: event || 'message', data, id: source.lastEventId ?? '' }),
      onRequestError: failed,
      onResponseError: failed,
    });
    return { close: () => controller.abort() };
  },
});
