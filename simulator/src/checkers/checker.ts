import type { EventStream, StreamMessage, StreamState } from '@ssert/client';
import type { Publications } from '../simulation/publications.ts';
import type { Scenario, SimulatedClient } from '../simulation/scenario.ts';
import type { MachineClock } from '../world/machine-clock.ts';
import type { StreamRecord } from '../world/stream-record.ts';

/** A client of the run, as checkers may look at it. */
export interface ObservedClient {
  readonly plan: SimulatedClient;
  readonly clock: MachineClock;
  /** Undefined until it joins. */
  readonly stream: EventStream | undefined;
  /** Its own program has closed it. */
  readonly hasLeft: boolean;
  /** When it was last held up by its own machine or program: asleep, suspended, or told to reconnect. */
  readonly disturbedAtMs: number;
  /** The connection that it has, or had last. */
  readonly connection: StreamRecord | undefined;
}

/** The server of the run. */
export interface ObservedServer {
  /** Counts its processes, from 1. */
  readonly life: number;
  readonly isUp: boolean;
  readonly isStopping: boolean;
  /** By its own count. */
  readonly openStreams: number;
  /** Those that it holds on to. */
  readonly heldListeners: number;
  /** Of the process that runs, or ran last. */
  readonly clock: MachineClock;
}

/** What checkers judge by: all of it is seen from outside of client and server. */
export interface Observed {
  readonly scenario: Scenario;
  readonly nowMs: number;
  readonly publications: Publications;
  /** Publications that have surely been handed out to the streams that are live, in an earlier instant. */
  readonly handedOut: number;
  readonly clients: ReadonlyMap<number, ObservedClient>;
  readonly server: ObservedServer;
  /** Streams that their reader holds back. */
  readonly blocked: ReadonlySet<StreamRecord>;
}

/** Says what makes the run unsafe; the first accusation counts. */
export type Accuse = (what: string) => void;

/** One invariant: it is told what happens, and accuses. */
export interface Checker {
  /** A client sent a request. */
  requested?(stream: StreamRecord): void;
  /** The hub has a new listener for the stream. */
  subscribed?(stream: StreamRecord): void;
  /** The hub let go of the listener. */
  left?(stream: StreamRecord): void;
  /** The server gave out bytes, before the stream is told. */
  taken?(stream: StreamRecord, bytes: Uint8Array): void;
  unblocked?(stream: StreamRecord): void;
  /** The server's side of the connection is over, and it was told. */
  serverOver?(stream: StreamRecord): void;
  /** The client knows that the connection is over. */
  over?(stream: StreamRecord): void;
  /** A client was given an event of a publication, before the stream's cursor moves. */
  received?(stream: StreamRecord, number: number, message: StreamMessage): void;
  /** An acknowledged event that the stream promised was passed over, as a later one is there. */
  skipped?(stream: StreamRecord, number: number): void;
  /** The server told the client that it missed something. */
  reset?(stream: StreamRecord): void;
  state?(client: ObservedClient, state: StreamState): void;
  /** All that one instant has set off is over. */
  settled?(): void;
  /** All clients have left, and the server had the time to see it; `stopped`: and the server was stopped. */
  finished?(stopped: boolean): void;
}
