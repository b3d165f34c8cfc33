import type { ClientReport, OpenClient, ReadyState } from '../src/client/index.ts';
import { literalClient } from './literal-client.ts';

/** How an event is made of what the client told. */
export type MakeEvent = (report: ClientReport, origin: string) => Event;

type Handler = ((event: Event) => void) | null;

const makeEvent: MakeEvent = (report, origin) =>
  report.kind === 'event'
    ? new MessageEvent(report.type, { data: report.data, lastEventId: report.id, origin })
    : new Event(report.kind);

/** The interface of the standard's EventSource on the literal client; what planted defects change is open to them. */
export class LiteralEventSource extends EventTarget {
  readonly #url: string;
  readonly #withCredentials: boolean;
  readonly #client: OpenClient;
  readonly #handlers = new Map<string, { handler: Handler; readonly call: (event: Event) => void }>();

  constructor(url: string, options: { readonly withCredentials?: boolean } = {}) {
    super();
    if (!URL.canParse(url)) throw new DOMException(`${url} cannot be parsed`, 'SyntaxError');
    this.#url = new URL(url).href;
    this.#withCredentials = options.withCredentials ?? false;
    const { origin } = new URL(this.#url);
    const take = (report: ClientReport): void => {
      if (report.kind !== 'comment') this.dispatchEvent(this.makeEvent(report, origin));
    };
    this.#client = literalClient().open({ url: this.#url, types: [] }, take) as OpenClient;
  }

  protected makeEvent(report: ClientReport, origin: string): Event {
    return makeEvent(report, origin);
  }

  get url(): string {
    return this.#url;
  }

  get withCredentials(): boolean {
    return this.#withCredentials;
  }

  get readyState(): ReadyState {
    return this.#client.readyState?.() ?? 0;
  }

  get onopen(): Handler {
    return this.handler('open');
  }

  set onopen(handler: Handler) {
    this.setHandler('open', handler);
  }

  get onmessage(): Handler {
    return this.handler('message');
  }

  set onmessage(handler: Handler) {
    this.setHandler('message', handler);
  }

  get onerror(): Handler {
    return this.handler('error');
  }

  set onerror(handler: Handler) {
    this.setHandler('error', handler);
  }

  close(): void {
    this.#client.close();
  }

  protected handler(type: string): Handler {
    return this.#handlers.get(type)?.handler ?? null;
  }

  protected setHandler(type: string, given: Handler): void {
    const handler = typeof given === 'function' ? given : null;
    const known = this.#handlers.get(type);
    if (known) {
      known.handler = handler;
      return;
    }
    const fresh = { handler, call: (event: Event) => fresh.handler?.call(this, event) };
    this.#handlers.set(type, fresh);
    this.addEventListener(type, fresh.call);
  }
}

for (const holder of [LiteralEventSource, LiteralEventSource.prototype]) {
  for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSED: 2 })) {
    Object.defineProperty(holder, name, { value, enumerable: true });
  }
}
