import type { ClientAdapter } from '../adapter.ts';
import { ClientHost, type HostMessage } from '../hosting.ts';
import type { PageHarness, PageHost } from './browser-page.ts';

/** Runs an adapter's streams in the page that it is bundled for; the harness talks with it as with the page's EventSource. */
export function hostClient(adapter: ClientAdapter): void {
  /** Messages of one turn go together: a burst of events would else be a burst of messages. */
  let batch: HostMessage[] = [];
  const host = new ClientHost(adapter, (message) => {
    if (batch.push(message) > 1) return;
    setTimeout(() => {
      void (globalThis as unknown as PageHarness).ssertTell(JSON.stringify(batch));
      batch = [];
    });
  });
  (globalThis as unknown as PageHost).ssertTake = (command) => host.take(command);
}
