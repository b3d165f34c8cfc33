import type { ClientReport, ReadyState } from '../adapter.ts';
import type { ClientScript, Driven, Noted } from '../client-script.ts';
import type { HostCommand, HostMessage } from '../hosting.ts';

/** What the page offers the harness. */
export interface PageHost {
  ssertTake(command: HostCommand): void;
}

/** What the page is offered. */
interface PageHarness {
  ssertTell(messages: string): Promise<void>;
}

/** What whoever hosts streams in a page tells the harness by. */
export interface PageTeller {
  ssertNote(message: HostMessage): void;
}

/** Tells all messages of one turn together: a burst of events would else be a burst of messages. It goes to the page as text. */
export function tellInBatches(): void {
  let batch: HostMessage[] = [];
  (globalThis as unknown as PageTeller).ssertNote = (message) => {
    if (batch.push(message) > 1) return;
    setTimeout(() => {
      void (globalThis as unknown as PageHarness).ssertTell(JSON.stringify(batch));
      batch = [];
    });
  };
}

/**
 * Opens and closes streams in a page. The browser gets the text of this function: it must stand on nothing else of the module.
 */
export function hostStreams(): void {
  const sources = new Map<number, { readonly readyState?: number; readonly url?: string; close(): void }>();
  const { ssertNote: tell } = globalThis as unknown as PageTeller;
  const attempt = (stream: number, what: 'refused' | 'threw', act: () => void): void => {
    try {
      act();
    } catch (error) {
      tell({ tell: what, stream, message: String(error) });
    }
  };
  const run = (stream: number, url: string, text: string): void => {
    const script = new Function(`return (${text});`)() as ClientScript;
    const note = (name: string, value: Noted): void => tell({ tell: 'noted', stream, name, value });
    const close = script({ EventSource } as Driven, url, note);
    sources.set(stream, { close: () => close?.() });
  };
  const open = ({ stream, options, intervene, script }: Extract<HostCommand, { do: 'open' }>): void => {
    const { url, types, withCredentials } = options;
    if (script !== undefined) {
      run(stream, url, script);
      return;
    }
    const source = new EventSource(url, withCredentials === undefined ? {} : { withCredentials });
    sources.set(stream, source);
    let seen = 0;
    const take = ({ type, data, lastEventId: id, origin }: MessageEvent): void => {
      // The client's own events of these names carry no data.
      const report: ClientReport =
        typeof data === 'string'
          ? { kind: 'event', type, data, id, origin }
          : { kind: type as 'open' | 'error', readyState: source.readyState as ReadyState };
      tell({ tell: 'report', stream, report });
      if (report.kind !== intervene?.at) return;
      seen += 1;
      if (seen !== intervene.nth) return;
      if (intervene.what === 'throw') throw new Error('a listener that throws on purpose');
      source.close();
    };
    for (const type of new Set(['open', 'error', 'message', ...types])) {
      source.addEventListener(type, (event) => take(event as MessageEvent));
    }
  };
  (globalThis as unknown as PageHost).ssertTake = (command) => {
    const { stream } = command;
    if (command.do === 'open') attempt(stream, 'refused', () => open(command));
    else if (command.do === 'state') {
      const source = sources.get(stream);
      tell({ tell: 'state', stream, readyState: source?.readyState as ReadyState | undefined, url: source?.url });
    } else attempt(stream, 'threw', () => sources.get(stream)?.close());
    if (command.do === 'end') sources.delete(stream);
  };
}
