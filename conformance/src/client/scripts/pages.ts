import type { ClientScript, Noted } from '../client-script.ts';

interface Frame {
  src: string;
  onload: () => void;
  remove(): void;
  readonly contentWindow: {
    readonly EventSource: typeof EventSource;
    readonly Event: typeof Event;
    readonly MessageEvent: typeof MessageEvent;
    stop(): void;
  };
}

/** What of a page these scripts use. */
interface Page {
  readonly document: { readonly body: { append(child: object): void }; createElement(name: 'iframe'): Frame };
  readonly Worker: new (url: string) => { onmessage: (event: { data: [string, Noted] }) => void; terminate(): void };
  readonly SharedWorker: new (
    url: string,
  ) => { readonly port: { onmessage: (event: { data: [string, Noted] }) => void; close(): void } };
}

/** One stream in a dedicated worker and one in a shared worker, each closed at its first message. */
export const runsInWorkers: ClientScript = (_, url, note) => {
  const page = globalThis as unknown as Page;
  const inside = (streamUrl: string, tell: (name: string, value: Noted) => void): void => {
    const source = new EventSource(streamUrl);
    tell('url', source.url);
    tell('readyState at first', source.readyState);
    source.onopen = () => tell('readyState at open', source.readyState);
    source.onmessage = ({ data, lastEventId, origin }) => {
      tell('the message', [data, lastEventId, origin]);
      source.close();
      tell('readyState after close()', source.readyState);
    };
  };
  const urlOf = (text: string): string => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const run = `(${inside})(${JSON.stringify(url)}, (...told) =>`;
  const dedicated = new page.Worker(urlOf(`${run} postMessage(told))`));
  dedicated.onmessage = ({ data: [name, value] }) => note(`${name}, in a dedicated worker`, value);
  const shared = new page.SharedWorker(urlOf(`onconnect = ({ ports: [port] }) => ${run} port.postMessage(told))`));
  shared.port.onmessage = ({ data: [name, value] }) => note(`${name}, in a shared worker`, value);
  return () => {
    dedicated.terminate();
    shared.port.close();
  };
};

/** The EventSource of another window, which is a frame with a path of its own. */
export const usesOtherWindow: ClientScript = (_, url, note) => {
  const { document } = globalThis as unknown as Page;
  const frame = document.createElement('iframe');
  frame.src = `${url}/frame/page`;
  let source: EventSource | undefined;
  frame.onload = () => {
    const { EventSource: Theirs, Event: TheirEvent, MessageEvent: TheirMessageEvent } = frame.contentWindow;
    source = new Theirs('stream');
    note('url', source.url);
    source.onopen = (event) => note("open is an Event of the object's window", event.constructor === TheirEvent);
    source.onmessage = (event) =>
      note("a message is a MessageEvent of the object's window", event.constructor === TheirMessageEvent);
  };
  document.body.append(frame);
  return () => {
    source?.close();
    frame.remove();
  };
};

/** A frame that stops loading while the stream has no response. */
export const stopsLoading: ClientScript = (_, url, note) => {
  const { document } = globalThis as unknown as Page;
  const frame = document.createElement('iframe');
  frame.src = `${url}/page`;
  let source: EventSource | undefined;
  frame.onload = () => {
    const own = new frame.contentWindow.EventSource(url);
    source = own;
    const told: string[] = [];
    for (const type of ['open', 'message', 'error']) {
      own.addEventListener(type, () => {
        told.push(type);
        note('what was told, and readyState', [told.join(' '), own.readyState]);
      });
    }
    // However early that is, the request is not to get a response any more.
    setTimeout(() => frame.contentWindow.stop(), 500);
  };
  document.body.append(frame);
  return () => {
    source?.close();
    frame.remove();
  };
};
