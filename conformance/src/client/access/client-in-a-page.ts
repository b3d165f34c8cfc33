import type { ClientAdapter } from '../adapter.ts';
import { ClientHost } from '../hosting.ts';
import type { PageHost, PageTeller } from './browser-page.ts';

/** Runs an adapter's streams in the page that it is bundled for; the harness talks with it as with the page's EventSource. */
export function hostClient(adapter: ClientAdapter): void {
  const host = new ClientHost(adapter, (globalThis as unknown as PageTeller).ssertNote);
  (globalThis as unknown as PageHost).ssertTake = (command) => host.take(command);
}
