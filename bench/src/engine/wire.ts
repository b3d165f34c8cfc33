import type { Closing } from './receiver-plan.ts';

/** Told of what happens on the connections of many streams. */
export interface WireEvents {
  /** The connection stands, TLS included, and the request is on its way. */
  connected(stream: number): void;
  /** A full head came. @param ok whether it is 200 and `text/event-stream` */
  head(stream: number, ok: boolean): void;
  content(stream: number, bytes: Uint8Array, from: number, to: number): void;
  /** @returns false where nothing more is to be read until `resume` */
  read(stream: number, bytes: number): boolean;
  /** The response or the connection has ended, or there was none. Not told after `close`. */
  closed(stream: number): void;
}

/** Opens and ends the connections of many streams. */
export interface Wire {
  /** @param lastEventId empty where there is none */
  open(stream: number, lastEventId: Uint8Array): void;
  /**
   * Silence leaves the connection as it is, and reads nothing of it any more. Of a connection that stands, the request goes
   * out before `in-head` ends it.
   */
  close(stream: number, how: Closing | 'silence'): void;
  /** Reads on after `read` has said no. */
  resume(stream: number): void;
  /** Ends the connections that fell silent. */
  letGo(): void;
}
