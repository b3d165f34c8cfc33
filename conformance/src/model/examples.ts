import type { Command } from './command.ts';

/** Histories that show what servers get wrong most often; each stands for itself. */
export const telling: readonly (readonly Command[])[] = [
  // A client that comes back misses what was published meanwhile, beside what is published while it comes.
  [
    { do: 'connect', client: 'A' },
    { do: 'publish', events: 2 },
    { do: 'close', client: 'A', how: 'fin' },
    { do: 'publish', events: 2 },
    { do: 'trickle', events: 10 },
    { do: 'connect', client: 'A', back: 0 },
    { do: 'publish', events: 2 },
    { do: 'close', client: 'A', how: 'reset' },
    { do: 'burst', events: 3 },
    { do: 'connect', client: 'A', back: 1 },
  ],
  // Streams that are opened while events are on their way, more than one at a time.
  [
    { do: 'burst', events: 4 },
    { do: 'connect', client: 'A' },
    { do: 'burst', events: 4 },
    { do: 'connect', client: 'B' },
    { do: 'connect', client: 'C' },
    { do: 'burst', events: 4 },
    { do: 'close', client: 'B', how: 'fin' },
    { do: 'connect', client: 'B' },
    { do: 'publish', events: 1 },
  ],
  // Clients leave in each way, in another order than they came, some of them twice.
  [
    { do: 'connect', client: 'A' },
    { do: 'connect', client: 'B' },
    { do: 'connect', client: 'C' },
    { do: 'publish', events: 2 },
    { do: 'close', client: 'B', how: 'reset' },
    { do: 'close', client: 'A', how: 'fin' },
    { do: 'connect', client: 'B' },
    { do: 'burst', events: 2 },
    { do: 'close', client: 'B', how: 'fin' },
    { do: 'connect', client: 'A' },
  ],
];

/** A reader that stalls until the buffers on the way are full and the server's own fills up, and leaves like that. */
export const overflowing: readonly (readonly Command[])[] = [
  [
    { do: 'connect', client: 'A' },
    { do: 'connect', client: 'B' },
    { do: 'stall', client: 'A' },
    { do: 'publish', events: 160, kib: 64 },
    { do: 'close', client: 'A', how: 'reset' },
    { do: 'publish', events: 1 },
  ],
];

/** A reader that stalls a moment. */
export const stalling: readonly (readonly Command[])[] = [
  [
    { do: 'connect', client: 'A' },
    { do: 'publish', events: 1 },
    { do: 'stall', client: 'A' },
    { do: 'publish', events: 3 },
    { do: 'resume', client: 'A' },
    { do: 'burst', events: 3 },
    { do: 'stall', client: 'A' },
    { do: 'close', client: 'A', how: 'fin' },
  ],
];

/** A restart among clients of which one comes back with an id from before. */
export const restarting: readonly (readonly Command[])[] = [
  [
    { do: 'connect', client: 'A' },
    { do: 'connect', client: 'B' },
    { do: 'publish', events: 3 },
    { do: 'restart' },
    { do: 'publish', events: 2 },
    { do: 'connect', client: 'A', back: 1 },
    { do: 'connect', client: 'C' },
    { do: 'burst', events: 3 },
    { do: 'close', client: 'C', how: 'fin' },
    { do: 'publish', events: 1 },
    { do: 'connect', client: 'C', back: 0 },
  ],
];
