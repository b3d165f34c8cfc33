import { coders, compressing, gzipMembers, rawDeflate } from '../defects/compressing.ts';
import type { LegalVariant } from './not-accused.ts';

const gzip = Object.fromEntries(Object.entries(coders).filter(([name]) => name === 'gzip'));

/** Servers that compress, or do not, in an unusual manner, and right. */
export const legalCompression: readonly LegalVariant[] = [
  { name: 'compresses with every coding', behaviour: compressing() },
  { name: 'makes a gzip member of each event', behaviour: gzipMembers() },
  { name: 'sends deflate without the wrapper of zlib', behaviour: compressing({ coders: { deflate: rawDeflate } }) },
  { name: 'says Vary: *', behaviour: compressing({ coders: gzip, vary: '*' }) },
  {
    name: 'says nothing of Vary where no cache keeps the response',
    behaviour: compressing({ vary: undefined }),
  },
  {
    name: 'refuses who does not take it plain, as it does not compress',
    behaviour: {
      answer: ({ path, method, fields }) =>
        path === '/stream' &&
        method === 'GET' &&
        /(identity|^\*);q=0(\.0+)?(,|$)/i.test(fields.get('accept-encoding') ?? '')
          ? { status: 406 }
          : undefined,
    },
  },
  {
    name: 'flushes twice, and hands its encoder a byte at a time',
    behaviour: compressing({
      coders: gzip,
      encode: (bytes, encoder, flush) => {
        flush();
        for (const byte of bytes.subarray(0, 64)) encoder.write(Uint8Array.of(byte));
        if (bytes.length > 64) encoder.write(bytes.subarray(64));
        flush();
        flush();
      },
    }),
  },
];
