import type { ProcessServer } from '../defects/process.ts';

/** Servers that end, start and remember in an unusual manner, and right. */
export const legalProcesses: readonly (ProcessServer & {
  readonly mayWarn?: readonly string[];
  /** Rules that may leave it undecided. */
  readonly mayShrug?: readonly string[];
})[] = [
  { name: 'keeps every rule', variant: 'correct' },
  { name: 'goes on for 300 ms after SIGTERM and exits with 3', variant: 'goes-on-for-a-while' },
  { name: 'ends its streams by closing their connections', variant: 'ends-by-closing' },
  { name: 'ends its streams one after the other, each with its own retry', variant: 'ends-one-by-one' },
  { name: 'ends compressed streams without the end of the coding', variant: 'never-ends-its-coding' },
  { name: 'goes on exactly after a restart', variant: 'durable' },
  {
    name: 'stores its log when it ends, within the time that it has for that',
    variant: 'stores-its-log-at-its-end',
    target: { bounds: { stop: 5000 } },
  },
  {
    name: 'goes on for 300 ms after SIGTERM with room for twenty streams',
    variant: 'goes-on-with-room-for-twenty',
    target: { capacity: 20 },
  },
  {
    name: 'ends its streams over HTTP/2 and says GOAWAY',
    variant: 'http2',
    target: { profile: ['live', 'browser', 'resumable', 'h2'] },
  },
  { name: 'refuses an id that it does not know', variant: 'refuses-an-unknown-id' },
  {
    name: 'is too busy for two of ten clients that resume by an id that it does not know',
    variant: 'sheds-some-who-resume',
    mayShrug: ['reconnect/ids-across-restart'],
  },
  { name: 'says gone to an id that it does not know', variant: 'says-gone-to-an-unknown-id' },
  {
    name: 'gives a new id to who has one that it does not know, and closes that connection',
    variant: 'ends-after-an-unknown-id',
  },
  {
    name: 'closes each connection after 400 ms, as it says',
    variant: 'closes-after-400-ms',
    target: { lifetime: 400 },
  },
  { name: 'replays all it has for an id that it does not know', variant: 'replays-all-to-an-unknown-id' },
  {
    name: 'replays the last four events whatever the id',
    variant: 'replays-the-last-four-to-an-unknown-id',
    // Its ids begin again, so that what it replays may look like a continuation the one time and not the next.
    mayShrug: ['reconnect/ids-across-restart'],
  },
  { name: 'tells its client that it begins anew', variant: 'tells-what-it-does-not-know' },
  { name: 'promises no replay', variant: 'correct', target: { profile: ['live', 'browser'], replay: undefined } },
  { name: 'cannot publish', variant: 'correct', target: { publish: undefined } },
  { name: 'logs each client that leaves', variant: 'says-that-clients-leave' },
  { name: 'fills a cache of 150 MiB with its first streams', variant: 'fills-a-cache' },
  { name: 'opens files for its first 350 streams and keeps them', variant: 'opens-a-pool-of-files' },
];
