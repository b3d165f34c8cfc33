import type { TargetChanges } from './judge-defect.ts';

/** A server that only a process of its own shows. */
export interface ProcessServer {
  /** What a reader of its source would say about it. */
  readonly name: string;
  /** Its word in `process-variants.ts`. */
  readonly variant: string;
  /** What its target promises differently. */
  readonly target?: TargetChanges;
}

/** One that is right in all but one thing. */
export interface ProcessDefect extends ProcessServer {
  /** The rule that must turn red. */
  readonly breaks: string;
  /** What the rule says, where that is not what its level says. */
  readonly verdict?: 'fail' | 'warn';
  /** Rules that cannot but turn red as well, or may. */
  readonly alsoBreaks?: readonly string[];
}

const overHttp2: TargetChanges = { profile: ['live', 'browser', 'resumable', 'h2'] };

export const processDefects: readonly ProcessDefect[] = [
  {
    name: 'queues for a stalled reader without bound',
    variant: 'queues-without-bound',
    breaks: 'backpressure/bounded-memory',
  },
  { name: 'ignores SIGTERM', variant: 'ignores-sigterm', breaks: 'cleanup/ends-on-sigterm' },
  {
    name: 'waits until its streams end by themselves',
    variant: 'waits-for-its-streams',
    breaks: 'cleanup/ends-on-sigterm',
  },
  { name: 'dies of SIGTERM at once', variant: 'dies-at-once', breaks: 'cleanup/clean-shutdown' },
  { name: 'resets its streams when it ends', variant: 'resets-its-streams', breaks: 'cleanup/clean-shutdown' },
  {
    name: 'ends its compressed streams with a wrong checksum',
    variant: 'spoils-its-checksums',
    breaks: 'cleanup/clean-shutdown',
  },
  { name: 'ends its streams inside an event', variant: 'ends-inside-an-event', breaks: 'cleanup/clean-shutdown' },
  {
    name: 'answers 503 while it drains',
    variant: 'refuses-while-it-drains',
    breaks: 'reconnect/restart-keeps-browsers',
  },
  {
    name: 'answers 503 while it starts',
    variant: 'refuses-while-it-starts',
    breaks: 'reconnect/restart-keeps-browsers',
  },
  {
    name: 'counts its ids from 1 in each life',
    variant: 'counts-from-one-again',
    breaks: 'reconnect/ids-across-restart',
  },
  {
    name: 'sends each stream only what is above its id',
    variant: 'sends-only-what-is-above-the-id',
    breaks: 'reconnect/ids-across-restart',
  },
  {
    name: 'fails on an id that it does not know',
    variant: 'fails-on-an-unknown-id',
    breaks: 'reconnect/ids-across-restart',
  },
  {
    name: 'does not handle the error of a connection',
    variant: 'dies-of-a-reset',
    breaks: 'cleanup/disconnect-harms-nobody',
  },
  {
    name: 'ends another stream when one leaves',
    variant: 'ends-a-neighbour',
    breaks: 'cleanup/disconnect-harms-nobody',
  },
  {
    name: 'leaves a promise rejected when a client leaves',
    variant: 'leaves-promises-rejected',
    breaks: 'cleanup/disconnect-harms-nobody',
    verdict: 'warn',
  },
  {
    name: 'keeps 256 KiB of each stream for ever',
    variant: 'keeps-what-a-stream-needed',
    breaks: 'cleanup/churn-levels-off',
  },
  {
    name: 'opens a file for each stream and closes none',
    variant: 'opens-a-file-for-each-stream',
    breaks: 'cleanup/churn-levels-off',
  },
  { name: 'keeps every event for ever', variant: 'keeps-every-event', breaks: 'reconnect/bounded-replay' },
  {
    name: 'resets its streams over HTTP/2 when it ends',
    variant: 'http2-resets-at-shutdown',
    target: overHttp2,
    breaks: 'http2/end-of-stream',
  },
  {
    name: 'says nothing before it closes a connection by HTTP/2',
    variant: 'http2-without-farewell',
    target: overHttp2,
    breaks: 'http2/end-of-stream',
    verdict: 'warn',
  },
  {
    name: 'says GOAWAY and does not end its streams',
    variant: 'http2-cut-at-shutdown',
    target: overHttp2,
    breaks: 'http2/end-of-stream',
    verdict: 'warn',
  },
];
