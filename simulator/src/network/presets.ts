import type { GivenFaults } from './settings.ts';

export type PresetName = 'mobile' | 'lossy-wifi' | 'corporate-proxy' | 'flaky';

/** Networks that people sit behind; chosen to show what breaks, not measured. */
export const presets: Readonly<Record<PresetName, GivenFaults>> = {
  /** A phone on the move: slow, late, now and then in a tunnel, and its old connections fall silent. */
  mobile: {
    down: { latencyMs: 90, jitterMs: 120, bandwidthBytesPerS: 200_000, stallEveryMs: 15_000, stallMs: 2500 },
    up: { latencyMs: 90, jitterMs: 120, bandwidthBytesPerS: 50_000 },
    lifeMs: 60_000,
    lifeEnds: 'silence',
  },
  /** Packets are lost and sent again, so that bytes come in fits and starts; now and then a connection is reset. */
  'lossy-wifi': {
    down: { latencyMs: 5, jitterMs: 60, sliceBytes: 1400, stallEveryMs: 3000, stallMs: 400 },
    up: { latencyMs: 5, jitterMs: 60 },
    lifeMs: 120_000,
    lifeEnds: 'rst',
  },
  /** Compresses without flushing, holds what comes, and ends what is quiet for a minute. */
  'corporate-proxy': {
    down: { latencyMs: 10, holdBytes: 8192, holdForMs: 3000 },
    up: { latencyMs: 10 },
    gzip: true,
    idleMs: 60_000,
    maxConnections: 200,
  },
  /** Connections live for seconds and end in the middle of a frame. */
  flaky: {
    down: { latencyMs: 20, jitterMs: 80, sliceBytes: 97, stallEveryMs: 5000, stallMs: 1000 },
    lifeMs: 8000,
    lifeEnds: 'mid-frame',
  },
};
