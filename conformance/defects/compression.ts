import { bestOf, coders, compressing } from './compressing.ts';
import type { Defect } from './judge-defect.ts';

/** The coding of that name, and no other. */
function only(name: string): NonNullable<Parameters<typeof compressing>[0]> {
  return { coders: Object.fromEntries(Object.entries(coders).filter(([one]) => one === name)) };
}

const unflushedBytes = new WeakMap<object, number>();

function isHeartbeat(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString() === ':\n\n';
}

export const compressionDefects: readonly Defect[] = [
  ...['gzip', 'br', 'zstd'].map(
    (coding): Defect => ({
      name: `never flushes its ${coding} encoder`,
      behaviour: compressing({ ...only(coding), encode: (bytes, encoder) => void encoder.write(bytes) }),
      breaks: 'compression/flushed-per-event',
      alsoBreaks: ['compression/heartbeat-flushed'],
    }),
  ),
  {
    name: 'flushes its encoder when 1 KiB has come together',
    behaviour: compressing({
      ...only('gzip'),
      encode: (bytes, encoder, flush) => {
        encoder.write(bytes);
        const waiting = (unflushedBytes.get(encoder) ?? 0) + bytes.length;
        if (waiting > 1024) flush();
        unflushedBytes.set(encoder, waiting > 1024 ? 0 : waiting);
      },
    }),
    breaks: 'compression/flushed-per-event',
    alsoBreaks: ['compression/heartbeat-flushed'],
  },
  {
    name: 'compresses for everybody',
    behaviour: compressing({ choose: () => 'gzip' }),
    breaks: 'compression/offered-codings-only',
  },
  {
    name: 'looks for the word gzip and not for its weight',
    behaviour: compressing({
      choose: ({ fields }) => (fields.get('accept-encoding')?.includes('gzip') ? 'gzip' : undefined),
    }),
    breaks: 'compression/offered-codings-only',
  },
  {
    name: 'does not see that a star leaves out what is named beside it',
    behaviour: compressing({
      choose: ({ fields }, names) => {
        const accepted = fields.get('accept-encoding') ?? '';
        return accepted.includes('*') && !accepted.includes('*;') ? 'gzip' : bestOf(accepted, names);
      },
    }),
    breaks: 'compression/offered-codings-only',
  },
  {
    name: 'compresses for who names no codings',
    behaviour: compressing({ choose: ({ fields }, names) => bestOf(fields.get('accept-encoding') ?? 'gzip', names) }),
    breaks: 'compression/offered-codings-only',
  },
  {
    name: 'leaves Vary out where caches may keep the response',
    behaviour: compressing({ vary: undefined, cacheControl: 'no-cache, no-transform' }),
    breaks: 'compression/offered-codings-only',
    alsoBreaks: ['http/intermediary-directives'],
    verdict: 'warn',
  },
  {
    name: 'loses the ids on its way through the encoder',
    behaviour: compressing({
      ...only('gzip'),
      encode: (bytes, encoder, flush) => {
        encoder.write(
          Buffer.from(bytes)
            .toString()
            .replace(/^id: .*\n/m, ''),
        );
        flush();
      },
    }),
    breaks: 'compression/same-events',
  },
  {
    name: 'leaves out of compressed streams what has no data',
    behaviour: compressing({
      ...only('br'),
      encode: (bytes, encoder, flush) => {
        if (Buffer.from(bytes).toString().includes('data: \n\n')) return;
        encoder.write(bytes);
        flush();
      },
    }),
    breaks: 'compression/same-events',
  },
  {
    name: 'calls gzip what is deflate',
    behaviour: compressing({ coders: { gzip: coders.deflate as NonNullable<(typeof coders)['deflate']> } }),
    breaks: 'compression/same-events',
    alsoBreaks: ['compression/heartbeat-flushed'],
  },
  {
    name: 'flushes its encoder behind events only',
    behaviour: compressing({
      ...only('gzip'),
      encode: (bytes, encoder, flush) => {
        encoder.write(bytes);
        if (!isHeartbeat(bytes)) flush();
      },
    }),
    breaks: 'compression/heartbeat-flushed',
  },
  {
    name: 'sends no heartbeat on compressed streams',
    behaviour: compressing({
      ...only('zstd'),
      encode: (bytes, encoder, flush) => {
        if (isHeartbeat(bytes)) return;
        encoder.write(bytes);
        flush();
      },
    }),
    breaks: 'compression/heartbeat-flushed',
  },
];
