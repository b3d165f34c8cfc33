import type { ClientPlan } from '@ssert/simulator';
import type { Schedule } from '../publisher/schedule.ts';

/** A request whose answer is an event stream. */
export interface StreamRequest {
  /** `{channel}` in it stands for the topic. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** PEM with certificates to trust. */
  readonly ca?: string | undefined;
  /** Default `http/1.1`. */
  readonly protocol?: 'http/1.1' | 'h2' | undefined;
}

/** How a client ends its connection: politely, by a reset, or before the response has begun. */
export const closings = ['fin', 'rst', 'in-head'] as const;
export type Closing = (typeof closings)[number];

/** What one stream does. Times are us from the begin of the trial. */
export interface StreamPlan {
  /** Its number among all streams of the trial, in the order of connecting. */
  readonly number: number;
  readonly topic: number;
  readonly connectAtUs: number;
  /** Reads at most so many bytes a second; 0 reads nothing once the response has begun. Absent: as they come. */
  readonly bytesPerS?: number;
  /** Does what a plan says, in place of connecting and staying. */
  readonly client?: PlayedClient;
  /** On 127.0.0.1, of the bad network between it and the server. */
  readonly networkPort?: number;
}

/** A client of a population; its times are ms from the begin of publishing. */
export interface PlayedClient extends ClientPlan {
  /** How late its network makes an event at most. */
  readonly delayMs: number;
}

/** Clients that leave and come back. Who is refused, or cannot connect, waits `retry` (else 3 s) and tries again. */
export interface ChurnPlan {
  readonly law: 'exponential' | 'lognormal';
  /** Mean time that a connection stays, us. */
  readonly meanUs: number;
  /** Share of the leaving clients that come back with Last-Event-ID; the others are new clients. */
  readonly resuming: number;
  /** Shares of the ways to leave. */
  readonly closings: Readonly<Record<Closing, number>>;
}

/** An event that takes longer from its intended time to the answer than half of this is in no count where clients leave. */
export const graceUs = 1_000_000;

/** What clients do whose connection was cut or refused: not come back, or wait `retry` (else 3 s) and try again. */
export interface ReconnectPlan {
  /** Full: a random part of the time. */
  readonly jitter: 'none' | 'full';
}

/** All that one thread of the engine does, as data: the same for a thread of this process, another one or another machine. */
export interface ReceiverPlan {
  readonly request: StreamRequest;
  /** The `run` of this trial's stamps. */
  readonly run: number;
  readonly seed: number;
  readonly streams: readonly StreamPlan[];
  readonly topics: readonly string[];
  readonly schedule: Schedule;
  readonly churn?: ChurnPlan | undefined;
  readonly reconnect?: ReconnectPlan | undefined;
  /** Begin of the trial, us of `nowUs`. */
  readonly originUs: number;
  /** How far the clock of all these times is ahead of this machine's `nowUs`, us: on another machine it is the coordinator's. Default 0. */
  readonly aheadUs?: number;
}

/** What a receiver is told while it works. */
export type ReceiverCommand =
  /** Publishing begins, us of `nowUs`. */
  | { readonly kind: 'begin'; readonly beginUs: number }
  /** Publishes due in [fromUs, toUs) count. */
  | { readonly kind: 'measure'; readonly fromUs: number; readonly toUs: number }
  /** Only answer: how long does it take to be heard? */
  | { readonly kind: 'ping' }
  /** Nobody leaves or comes back any more. */
  | { readonly kind: 'hold' }
  /** Tell all, with these rows of the schedule in no count, and close every connection. */
  | { readonly kind: 'finish'; readonly uncounted: readonly number[] };
