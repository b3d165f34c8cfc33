/** What one request is answered with. */
export type Answer =
  | Error
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: readonly Part[] }
  /** An answer that a test writes as it goes on. */
  | LiveBody;

/** Bytes of a body, or an error that breaks it. */
type Part = string | Uint8Array | Error;

/** A body that stays open until it is ended. */
export class LiveBody {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly stream: ReadableStream<Uint8Array>;
  cancelled = false;
  /** Times that the reader asked for more. */
  pulls = 0;

  constructor() {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.pulls += 1;
        },
        cancel: () => {
          this.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
  }

  write(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }

  end(): void {
    this.#controller?.close();
  }

  fail(error: Error): void {
    this.#controller?.error(error);
  }
}

/** A `fetch` that answers from a script, and remembers what it was asked. */
export class ScriptedFetch {
  readonly requests: { readonly url: string; readonly init: RequestInit; readonly headers: Headers }[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.requests.push({ url, init, headers: new Headers(init.headers) });
    const answer = this.#answers.shift() ?? new LiveBody();
    if (answer instanceof Error) throw answer;
    const { signal } = init;
    if (answer instanceof LiveBody) {
      signal?.addEventListener('abort', () => answer.fail(new DOMException('aborted', 'AbortError')));
      return new Response(answer.stream, { headers: { 'content-type': 'text/event-stream' } });
    }
    const { status = 200, headers = { 'content-type': 'text/event-stream' }, body = [] } = answer;
    return new Response(status === 204 ? null : bodyOf(body), { status, headers });
  };
}

function bodyOf(parts: readonly Part[]): ReadableStream<Uint8Array> {
  const left = [...parts];
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const part = left.shift();
      if (part === undefined) controller.close();
      else if (part instanceof Error) controller.error(part);
      else controller.enqueue(typeof part === 'string' ? new TextEncoder().encode(part) : part);
    },
  });
}
