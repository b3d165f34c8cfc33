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
 * @param page default the window or worker, where there is one
 * @returns stops following; undefined where there is no page
 */
export function followPage(stream: Follower, page: EventTarget | undefined = pageHere()): (() => void) | undefined {
  if (!page) return undefined;
  let sentToRest = false;
  const listeners = {
    pagehide: (event: Event) => {
      if (!isPersisted(event)) return stream.close();
      // What somebody else sent to rest is not ours to wake.
      sentToRest = !stream.resting;
      stream.suspend();
    },
    pageshow: (event: Event) => {
      if (isPersisted(event) && sentToRest) stream.resume();
    },
    online: () => stream.retryNow(),
  };
  for (const [type, listener] of Object.entries(listeners)) page.addEventListener(type, listener);
  return () => {
    for (const [type, listener] of Object.entries(listeners)) page.removeEventListener(type, listener);
  };
}

/** Whether the page goes into the back/forward cache, or comes out of it. */
function isPersisted(event: Event): boolean {
  return 'persisted' in event && event.persisted === true;
}

/** The window, or the worker: that hears of the network, too. */
function pageHere(): EventTarget | undefined {
  return 'document' in globalThis || 'WorkerGlobalScope' in globalThis
    ? (globalThis as unknown as EventTarget)
    : undefined;
}
