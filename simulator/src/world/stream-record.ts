import type { LeaveReason, Subscriber } from '@ssert/server/core';

/** One request for a stream and all that followed, as it is seen from outside of client and server. */
export interface StreamRecord {
  /** From 0, over all clients. */
  readonly number: number;
  readonly client: number;
  /** What the request named; empty where it named none. */
  readonly lastEventId: string;
  readonly requestedAtMs: number;
  /** The server's life that answered; undefined where none did. */
  life: number | undefined;
  /** What the answer's status was; undefined where there was none. */
  status: number | undefined;
  /** What a refusal asked for by `Retry-After`, in ms; 0 where nothing. */
  retryAfterMs: number;
  /** Whether the client took the answer for an event stream. */
  wasAccepted: boolean;
  /** Publications that had been called when the server took the request: the stream promises those behind. */
  publishedBefore: number;
  acknowledgedBefore: number;
  /** The number of the event that the request named, where it is one of this run. */
  resumedFrom: number | undefined;
  /** The number of the event behind which the stream goes on; undefined at the start of a new one. */
  cursor: number | undefined;
  /** How often the server told the client that it missed something. */
  resets: number;
  /** The hub's own end of the stream, for its counts. */
  subscriber: Subscriber | undefined;
  leftBecause: LeaveReason | undefined;
  /** Since when its reader has held it back; undefined while it does not. */
  blockedSinceMs: number | undefined;
  wasBlocked: boolean;
  /** Each time when a reader that held the server back let it go on: surely behind so many events, before the next. */
  readonly unblocks: { readonly behind: number; readonly before: number }[];
  /** When the server's side last had nothing left that its reader had not taken. */
  drainedAtMs: number;
  /** When the server last gave out bytes of it, or was let to. */
  lastTakenAtMs: number;
  /** Publications that were in the log when bytes were last taken from the server. */
  loggedAtTake: number;
  /** Whether the server's side, or its process, is gone. */
  serverOver: boolean;
  /** When the client had no more to wait for: a refusal, an end, or its own leaving. */
  clientOverAtMs: number | undefined;
}

export function newStream(number: number, client: number, lastEventId: string, nowMs: number): StreamRecord {
  return {
    number,
    client,
    lastEventId,
    requestedAtMs: nowMs,
    life: undefined,
    status: undefined,
    retryAfterMs: 0,
    wasAccepted: false,
    publishedBefore: 0,
    acknowledgedBefore: 0,
    resumedFrom: undefined,
    cursor: undefined,
    resets: 0,
    subscriber: undefined,
    leftBecause: undefined,
    blockedSinceMs: undefined,
    wasBlocked: false,
    unblocks: [],
    drainedAtMs: nowMs,
    lastTakenAtMs: nowMs,
    loggedAtTake: 0,
    serverOver: false,
    clientOverAtMs: undefined,
  };
}
