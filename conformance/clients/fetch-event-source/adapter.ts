import { fetchEventSource } from '@microsoft/fetch-event-source';
import { defineClient } from '@ssert/conformance/client';

// It is made for pages: this is all that it takes of one.
Object.assign(globalThis, {
  window: globalThis,
  document: { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined },
});

class Refusal extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

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
    'retry-statuses',
    'close-in-handler',
    'listener-throws',
  ],
  open: ({ url, method, headers, body, retryStatuses }, report) => {
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
      // As the default does, and tells it; what the caller says of statuses as documented: a throw by onerror is final.
      onopen: async (response) => {
        if (retryStatuses && response.status !== 200) throw new Refusal(response.status);
        if (!response.headers.get('content-type')?.startsWith('text/event-stream')) throw new Error('a wrong type');
        report({ kind: 'open' });
      },
      onmessage: ({ event, data, id }) => report({ kind: 'event', type: event || 'message', data, id }),
      onclose: lost,
      onerror: (error) => {
        if (error instanceof Refusal && !retryStatuses?.includes(error.status)) throw error;
        lost();
      },
    }).catch(lost);
    return { close: () => controller.abort() };
  },
});
