import type { ServerSettings } from '@ssert/server/core';
import type { CutBy, Line } from '../world/connection.ts';

/** Something that goes wrong, or is done, at a time. */
export type Fault = { readonly atMs: number } & (
  | { readonly kind: 'cut'; readonly client: number; readonly by: CutBy }
  /** Behind so many more bytes of the stream that the client has then. */
  | { readonly kind: 'cut-at-byte'; readonly client: number; readonly bytes: number; readonly by: CutBy }
  /** The client's machine stands still: it reads nothing, and its timers wait. */
  | { readonly kind: 'sleep'; readonly client: number; readonly forMs: number }
  /** What the client's own program asks of its stream. */
  | { readonly kind: 'suspend'; readonly client: number; readonly forMs: number }
  | { readonly kind: 'reconnect'; readonly client: number }
  /** Every connection falls, and new ones come to nothing. */
  | { readonly kind: 'outage'; readonly forMs: number; readonly by: 'refused' | 'silence' }
  /** The server's process dies, or stops as it is asked to; another follows after a time. */
  | { readonly kind: 'crash' | 'restart'; readonly downMs: number }
  | { readonly kind: 'disk-failure'; readonly forMs: number }
  /** Somebody sets the server's time of day. */
  | { readonly kind: 'clock-jump'; readonly byMs: number }
);

/** An event that is published: its data is a record that begins with its number in the order of publication. */
export interface Publication {
  readonly atMs: number;
  readonly type?: string;
  /** Characters of padding in its data. */
  readonly padding?: number;
  /** A reconnection time that goes with it, in ms. */
  readonly retry?: number;
}

/** A client and how it reads. */
export interface SimulatedClient {
  /** Unlike that of any other. */
  readonly number: number;
  readonly joinAtMs: number;
  /** Absent where it stays. */
  readonly leaveAtMs?: number;
  /** By a callback, by listeners, or in a loop that takes this long for each event. */
  readonly reads: 'callback' | 'listeners' | { readonly loopMs: number };
  /** 0 for none. */
  readonly watchdogMs: number;
}

/** All that happens in a run, as plain data that survives JSON; with the same scenario a run is the same. */
export interface Scenario {
  /** Of what happens by chance underway, such as jitter. */
  readonly seed: number;
  /** From here on nothing goes wrong any more, and everything has to come right. */
  readonly durationMs: number;
  readonly server: Pick<
    ServerSettings,
    'queueEvents' | 'slowPolicy' | 'replayEvents' | 'replayBytes' | 'heartbeatMs' | 'stallMs' | 'maxStreams' | 'stopMs'
  > & {
    /** `memory` is lost with the process, `disk` is not. */
    readonly log: 'memory' | 'disk';
    /** How long the disk takes for one way. */
    readonly diskMs: number;
    /** Events that come within this time leave together; absent, each leaves by itself. */
    readonly flushMs?: number;
  };
  readonly line: Line;
  readonly reconnect: { readonly initial: number; readonly max: number; readonly jitter: number };
  readonly publications: readonly Publication[];
  readonly clients: readonly SimulatedClient[];
  readonly faults: readonly Fault[];
}
