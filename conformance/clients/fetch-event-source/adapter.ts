import { fetchEventSource } from '@microsoft/fetch-event-source';
import { defineClient } from '@ssert/conformance/client';

// It is made for pages: this is all that it takes of one.
Object.assign(globalThis, {
  window: globalThis,
  document: { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined },
});

/** The `@microsoft/fetch-event-source` package. By its own design a clean end of the stream is final. */
export default defineClient({
  name: '@microsoft/fetch-event-source',
  capabilities: [
    'open-event',
    'error-event',
    'event-id-only',
    'headers',
    'post',
    'report',
    'close-in-handler',
    'listener-throws',
  ],
  open: ({ url, method, headers, body }, report) => {
    const controller = new AbortController();
    const lost = (): void => {
      if (!controller.signal.aborted) report({ kind: 'error' });
    };
    fetchEventSource(url, {
      signal: controller.signal,
      openWhenHidden: true,
      ...(method ? { method } : {}),
      ...(headers ? { headers: { ...headers } } : {}),
      ...(body === undefined ? {} : { body }),
      // As the default does, and tells it.
      onopen: async (response) => {
        if (!response.headers.get('content-type')?.startsWith('text/event-stream')) throw new Error('a wrong type');
        report({ kind: 'open' });
      },
      onmessage: ({ event, data, id }) => report({ kind: 'event', type: event || 'message', data, id }),
      onclose: lost,
      onerror: lost,
    }).catch(lost);
    return { close: () => controller.abort() };
  },
});
