/** What a page can do to a stream in it. */
export interface Follower {
  readonly resting: boolean;
  suspend(): void;
  resume(): void;
  retryNow(): void;
  close(): void;
}

/**
 * Lets a stream follow its page: it rests while the page is in the back/forward cache (an open connection would keep it
 * out), goes on when it is shown again, ends with the page, and tries at once when the network is back.
 * @param signal ends it
 * @param page default the window or worker, where there is one
 */
export function followPage(stream: Follower, signal: AbortSignal, page: EventTarget | undefined = pageHere()): void {
  let sentToRest = false;
  const hear = (type: string, listener: (event: Event) => void): void =>
    page?.addEventListener(type, listener, { signal });
  hear('pagehide', (event) => {
    if (!isPersisted(event)) return stream.close();
    // What somebody else sent to rest is not ours to wake.
    sentToRest = !stream.resting;
    stream.suspend();
  });
  hear('pageshow', (event) => {
    if (isPersisted(event) && sentToRest) stream.resume();
  });
  hear('online', () => stream.retryNow());
}

/** Whether the page goes into the back/forward cache, or comes out of it. */
function isPersisted(event: Event): boolean {
  return (event as { readonly persisted?: boolean }).persisted === true;
}

/** The window, or the worker: that hears of the network, too. */
function pageHere(): EventTarget | undefined {
  return 'addEventListener' in globalThis ? (globalThis as unknown as EventTarget) : undefined;
}
