import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A message that the service posted. */
export interface Message {
  readonly kind: string;
  readonly event?: { readonly type: string; readonly data: string; readonly id: string };
  readonly error?: string;
}

export interface StreamRequest {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Begins an event stream, and gives what writes to it. */
  readonly stream: () => ServerResponse;
  readonly response: ServerResponse;
}

/** LaunchDarkly's harness in small: it plays the server of events, and takes the callbacks of the service. */
export class ContractHarness {
  readonly messages: Message[] = [];
  readonly requests: StreamRequest[] = [];
  readonly #service: string;
  readonly #server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.url?.startsWith('/callback/')) {
      // It must be the next one: none may be lost, repeated or overtaken.
      const inOrder = request.url === `/callback/${this.messages.length + 1}`;
      this.messages.push(inOrder ? JSON.parse(body) : { kind: `out of order: ${request.url}` });
      response.writeHead(202).end();
      return;
    }
    const stream = (): ServerResponse => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).flushHeaders();
      return response;
    };
    this.requests.push({ method: request.method ?? '', headers: request.headers, body, stream, response });
  });
  #url = '';

  /** @param service the base URL of the test service */
  constructor(service: string) {
    this.#service = service;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Has the service open a stream; gives its URL. The harness sends null for what is not set. */
  async create(asked: object = {}): Promise<string> {
    const streamUrl = `${this.#url}/stream`;
    const callbackUrl = `${this.#url}/callback`;
    const body = { tag: 'test', initialDelayMs: 0, readTimeoutMs: null, streamUrl, callbackUrl, ...asked };
    const response = await fetch(this.#service, { method: 'POST', body: JSON.stringify(body) });
    // As text: so the harness does it.
    return `${this.#service}${response.headers.get('location')}`;
  }

  /** Sends a command; gives the status and the body. */
  async command(url: string, command: object): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(command) });
    return { status: response.status, body: await response.text() };
  }
}
