import type { ClientAdapter, ClientReport, Exposed, OpenClient, OpenOptions, ReadyState } from './adapter.ts';
import { compiled, type Driven, type Noted } from './client-script.ts';

/** At the n-th report of a kind the host closes the stream, or throws, from inside the client's own callback. */
export interface Intervention {
  readonly at: ClientReport['kind'];
  /** Counted from 1. */
  readonly nth: number;
  readonly what: 'close' | 'throw';
}

/** What the harness asks of a host; `stream` is a number of its choice. */
export type HostCommand =
  | {
      readonly do: 'open';
      readonly stream: number;
      readonly options: OpenOptions;
      readonly intervene?: Intervention;
      /** The text of a `ClientScript`, to be run in place of opening the stream. */
      readonly script?: string;
    }
  /** `end` closes as well, and forgets the stream. */
  | { readonly do: 'close' | 'restart' | 'state' | 'end'; readonly stream: number };

/** What a client reads when it is asked. */
export interface ClientState {
  readonly readyState?: ReadyState | undefined;
  readonly url?: string | undefined;
}

/** What a host tells. */
export type HostMessage =
  | { readonly tell: 'report'; readonly stream: number; readonly report: ClientReport }
  /** The answer to `state`; without what the client does not tell. */
  | ({ readonly tell: 'state'; readonly stream: number } & ClientState)
  /** What a script has seen. */
  | { readonly tell: 'noted'; readonly stream: number; readonly name: string; readonly value: Noted }
  /** `open` threw, or its promise was rejected. */
  | { readonly tell: 'refused'; readonly stream: number; readonly message: string }
  /** A command other than `open` threw. */
  | { readonly tell: 'threw'; readonly stream: number; readonly message: string };

/** What an intervention throws; whoever hosts a client takes it for no fault of the client. */
export const interventionMessage = 'ssert: a listener that throws on purpose';

/** Runs an adapter's streams: the same in a process of its own and beside the harness. */
export class ClientHost {
  readonly #adapter: ClientAdapter;
  readonly #tell: (message: HostMessage) => void;
  readonly #streams = new Map<number, HostedStream>();

  constructor(adapter: ClientAdapter, tell: (message: HostMessage) => void) {
    this.#adapter = adapter;
    this.#tell = tell;
  }

  take(command: HostCommand): void {
    const { stream } = command;
    if (command.do === 'open') {
      const hosted = new HostedStream(stream, command.intervene, this.#tell);
      this.#streams.set(stream, hosted);
      void hosted.open(this.#adapter, command.options, command.script);
      return;
    }
    const hosted = this.#streams.get(stream);
    if (command.do === 'restart') hosted?.restart();
    else if (command.do === 'state') hosted?.tellState();
    else hosted?.close();
    if (command.do === 'end') this.#streams.delete(stream);
  }

  /** Closes every stream. */
  close(): void {
    for (const stream of [...this.#streams.keys()]) this.take({ do: 'end', stream });
  }
}

class HostedStream {
  readonly #stream: number;
  readonly #intervene: Intervention | undefined;
  readonly #tell: (message: HostMessage) => void;
  #client: OpenClient | undefined;
  #closed = false;
  #seen = 0;

  constructor(stream: number, intervene: Intervention | undefined, tell: (message: HostMessage) => void) {
    this.#stream = stream;
    this.#intervene = intervene;
    this.#tell = tell;
  }

  async open(adapter: ClientAdapter, options: OpenOptions, script: string | undefined): Promise<void> {
    try {
      this.#client = await (script === undefined
        ? adapter.open(options, (report) => this.#report(report))
        : this.#run(script, adapter.exposes, options.url));
      if (this.#closed) this.#client.close();
    } catch (error) {
      this.#tell({ tell: 'refused', stream: this.#stream, message: messageOf(error) });
    }
  }

  #run(script: string, exposes: Exposed = {}, url: string): OpenClient {
    // What a script needs the adapter declares.
    const close = compiled(script)(exposes as Driven, url, (name, value) =>
      this.#tell({ tell: 'noted', stream: this.#stream, name, value }),
    );
    return { close: () => close?.() };
  }

  close(): void {
    this.#closed = true;
    this.#attempt((client) => client.close());
  }

  restart(): void {
    this.#attempt((client) => client.restart?.());
  }

  tellState(): void {
    const client = this.#client;
    this.#tell({ tell: 'state', stream: this.#stream, readyState: client?.readyState?.(), url: client?.url?.() });
  }

  #attempt(act: (client: OpenClient) => void): void {
    try {
      if (this.#client) act(this.#client);
    } catch (error) {
      this.#tell({ tell: 'threw', stream: this.#stream, message: messageOf(error) });
    }
  }

  #report(report: ClientReport): void {
    this.#tell({ tell: 'report', stream: this.#stream, report });
    const { at, nth, what } = this.#intervene ?? {};
    if (report.kind !== at) return;
    this.#seen += 1;
    if (this.#seen !== nth) return;
    if (what === 'throw') throw new Error(interventionMessage);
    this.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
