import {
  constants,
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  createZstdCompress,
  gzipSync,
} from 'node:zlib';
import { type Behaviour, correctBehaviour, type PlainRequest, type PlainStream, putOnWire } from './plain-server.ts';

type Encoder = ReturnType<typeof createGzip> | ReturnType<typeof createZstdCompress>;

/** Makes what was written so far readable. */
type Flush = () => void;

interface Coder {
  readonly open: () => Encoder;
  readonly flush: number;
}

export const coders: Readonly<Record<'gzip' | 'deflate' | 'br' | 'zstd', Coder>> = {
  gzip: { open: () => createGzip(), flush: constants.Z_SYNC_FLUSH },
  deflate: { open: () => createDeflate(), flush: constants.Z_SYNC_FLUSH },
  // The default quality takes seconds for a mebibyte.
  br: {
    open: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
    flush: constants.BROTLI_OPERATION_FLUSH,
  },
  zstd: { open: () => createZstdCompress(), flush: constants.ZSTD_e_flush },
};

export const rawDeflate: Coder = { open: () => createDeflateRaw(), flush: constants.Z_SYNC_FLUSH };

/** How a plain server compresses; each member has a correct default. */
interface Compression {
  readonly coders: Readonly<Record<string, Coder>>;
  /** The coding of a stream; undefined for none. */
  readonly choose: (request: PlainRequest, names: readonly string[]) => string | undefined;
  /** Bytes of a stream on their way into its encoder. */
  readonly encode: (bytes: Uint8Array, encoder: Encoder, flush: Flush) => void;
  readonly vary: string | undefined;
  readonly cacheControl: string;
}

/** The coding that a client weighs highest among the given ones, the first of equals. */
export function bestOf(accepted: string, names: readonly string[]): string | undefined {
  const entries = accepted.split(',').map((entry) =>
    entry
      .trim()
      .toLowerCase()
      .split(/\s*;\s*q\s*=\s*/),
  );
  const weight = (name: string): number => {
    const entry = entries.find(([one]) => one === name) ?? entries.find(([one]) => one === '*');
    return entry === undefined ? 0 : Number(entry[1] ?? 1);
  };
  return names.filter((name) => weight(name) > 0).toSorted((a, b) => weight(b) - weight(a))[0];
}

const correctCompression: Compression = {
  coders,
  choose: (request, names) => bestOf(request.fields.get('accept-encoding') ?? '', names),
  encode: (bytes, encoder, flush) => {
    encoder.write(bytes);
    flush();
  },
  vary: 'Accept-Encoding',
  cacheControl: 'no-store, no-transform',
};

/** The plain server with compression. */
export function compressing(changes: Partial<Compression> = {}): Partial<Behaviour> {
  const compression = { ...correctCompression, ...changes };
  const names = Object.keys(compression.coders);
  const encoders = new WeakMap<PlainStream, Encoder>();
  return {
    ...withCodingFields((request) => compression.choose(request, names), compression),
    write: (bytes, stream) => {
      const coder = compression.coders[compression.choose(stream.request, names) ?? ''];
      if (!coder) {
        putOnWire(bytes, stream);
        return;
      }
      let encoder = encoders.get(stream);
      if (!encoder) {
        encoder = coder.open();
        encoder.on('data', (coded: Buffer) => putOnWire(coded, stream));
        encoders.set(stream, encoder);
      }
      const { flush } = encoder as { flush(kind: number): void };
      compression.encode(bytes, encoder, () => flush.call(encoder, coder.flush));
    },
    gone: (stream, server) => {
      encoders.get(stream)?.destroy();
      correctBehaviour.gone(stream, server);
    },
  };
}

/** Gzip with a member of its own for each write (RFC 1952 2.2). */
export function gzipMembers(): Partial<Behaviour> {
  const choose = (request: PlainRequest) => bestOf(request.fields.get('accept-encoding') ?? '', ['gzip']);
  return {
    ...withCodingFields(choose, correctCompression),
    write: (bytes, stream) => putOnWire(choose(stream.request) ? gzipSync(bytes) : bytes, stream),
  };
}

function withCodingFields(
  choose: (request: PlainRequest) => string | undefined,
  { vary, cacheControl }: Pick<Compression, 'vary' | 'cacheControl'>,
): Pick<Behaviour, 'streamFields'> {
  return {
    streamFields: (fields, request) => {
      const coding = choose(request);
      const others = fields.filter(([name]) => name !== 'Cache-Control');
      return [
        ...others,
        ['Cache-Control', cacheControl],
        ...(vary === undefined ? [] : ([['Vary', vary]] satisfies [string, string][])),
        ...(coding === undefined ? [] : ([['Content-Encoding', coding]] satisfies [string, string][])),
      ];
    },
  };
}
