/**
 * The client's side of an HTTP/2 connection (RFC 9113), as a judge needs it: it keeps the fields that a library would
 * refuse, tells how each stream ended, and gives credit only where it is told to. Bytes in, bytes out; no I/O.
 */
import { encodeHeaderBlock, type HeaderField, HpackDecoder, HpackError } from './hpack.ts';
import {
  clientPreface,
  decodeSettings,
  defaultMaxFrameBytes,
  encodeFrame,
  encodeNumber,
  encodeSettings,
  errorCodeName,
  errorCodeNumber,
  type Frame,
  FrameReader,
  frameFlags,
  frameTypes,
  joinBytes,
  numberAt,
  settingIds,
  unpadded,
} from './http2-frames.ts';

export interface SessionOptions {
  /** Sends bytes to the peer. */
  readonly write: (bytes: Uint8Array) => void;
  /** Credit of each stream at its beginning, in bytes. Default 65,535. */
  readonly initialWindowBytes?: number;
  /** Called after each frame of the peer's. */
  readonly onFrame?: () => void;
}

/** What the peer sends on one stream. */
export interface StreamListener {
  /** Each header section: interim responses (1xx), the response's own, and trailers. */
  readonly onFields: (fields: readonly HeaderField[]) => void;
  readonly onData: (bytes: Uint8Array) => void;
  /** END_STREAM. */
  readonly onEnd: () => void;
  /** RST_STREAM. */
  readonly onReset: (code: string) => void;
}

/** One stream, seen from this side. */
export interface SessionStream {
  readonly id: number;
  /** Bytes that the peer may still send. */
  readonly creditBytes: number;
  /** Gives back what was received as credit; false withholds it from now on. */
  refills: boolean;
  /** Gives that much more credit. */
  grant(bytes: number): void;
  /** RST_STREAM with CANCEL. */
  cancel(): void;
}

interface Stream extends SessionStream {
  creditBytes: number;
  listener: StreamListener;
}

const largestWindow = 2 ** 31 - 1;
const initialConnectionWindow = 65_535;

export class Http2Session {
  /** What the peer set last, by id; undefined until its first SETTINGS frame is in. */
  settings: ReadonlyMap<number, number> | undefined;
  /** The last GOAWAY. */
  goAway: { readonly lastStreamId: number; readonly code: string } | undefined;
  /** What the peer sent that is no HTTP/2; nothing is read behind it. */
  malformed: string | undefined;

  readonly #options: SessionOptions;
  readonly #windowBytes: number;
  readonly #reader: FrameReader;
  readonly #hpack = new HpackDecoder();
  readonly #streams = new Map<number, Stream>();
  #nextId = 1;
  /** A header section that goes on in CONTINUATION frames. */
  #section: { readonly streamId: number; readonly endStream: boolean; readonly parts: Uint8Array[] } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#windowBytes = options.initialWindowBytes ?? initialConnectionWindow;
    this.#reader = new FrameReader(
      (frame) => this.#take(frame),
      (bytes) => this.#break(`a frame of ${bytes} bytes is larger than SETTINGS_MAX_FRAME_SIZE`),
    );
  }

  /** Says hello. The connection itself is never what withholds credit. */
  begin(): void {
    const settings = encodeSettings([
      [settingIds.enablePush, 0],
      [settingIds.initialWindowSize, this.#windowBytes],
    ]);
    const all = largestWindow - initialConnectionWindow;
    this.#options.write(
      joinBytes(
        clientPreface,
        encodeFrame(frameTypes.settings, 0, 0, settings),
        encodeFrame(frameTypes.windowUpdate, 0, 0, encodeNumber(all)),
      ),
    );
  }

  /** Sends a request. A body is sent as it is: it must fit into the 65,535 bytes that a peer grants at first. */
  open(fields: readonly HeaderField[], body: Uint8Array | undefined, listener: StreamListener): SessionStream {
    const id = this.#nextId;
    this.#nextId += 2;
    const stream: Stream = {
      id,
      creditBytes: this.#windowBytes,
      refills: true,
      listener,
      grant: (bytes) => {
        stream.creditBytes += bytes;
        this.#send(frameTypes.windowUpdate, 0, id, encodeNumber(bytes));
      },
      cancel: () => {
        this.#streams.delete(id);
        this.#send(frameTypes.resetStream, 0, id, encodeNumber(errorCodeNumber('CANCEL')));
      },
    };
    this.#streams.set(id, stream);
    this.#sendInPieces(frameTypes.headers, frameTypes.continuation, id, encodeHeaderBlock(fields), {
      first: body ? 0 : frameFlags.endStream,
      last: frameFlags.endHeaders,
    });
    if (body) this.#sendInPieces(frameTypes.data, frameTypes.data, id, body, { first: 0, last: frameFlags.endStream });
    return stream;
  }

  /** Reads the next bytes of the peer's, cut anywhere. */
  receive(bytes: Uint8Array): void {
    if (this.malformed === undefined) this.#reader.push(bytes);
  }

  #send(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    this.#options.write(encodeFrame(type, flags, streamId, payload));
  }

  #sendInPieces(
    type: number,
    nextType: number,
    id: number,
    payload: Uint8Array,
    flags: { readonly first: number; readonly last: number },
  ): void {
    const count = Math.max(1, Math.ceil(payload.length / defaultMaxFrameBytes));
    for (let index = 0; index < count; index += 1) {
      const piece = payload.subarray(index * defaultMaxFrameBytes, (index + 1) * defaultMaxFrameBytes);
      const set = (index === 0 ? flags.first : 0) | (index === count - 1 ? flags.last : 0);
      this.#send(index === 0 ? type : nextType, set, id, piece);
    }
  }

  #take(frame: Frame): void {
    if (this.malformed !== undefined) return;
    if (this.settings === undefined && frame.type !== frameTypes.settings) {
      this.#break('the first frame is not SETTINGS');
      return;
    }
    if (this.#section && (frame.type !== frameTypes.continuation || frame.streamId !== this.#section.streamId)) {
      this.#break('a header section is interrupted by another frame');
      return;
    }
    try {
      this.#dispatch(frame);
    } catch (error) {
      if (!(error instanceof Http2Error || error instanceof HpackError)) throw error;
      this.#break(error.message);
      return;
    }
    this.#options.onFrame?.();
  }

  #dispatch(frame: Frame): void {
    const { type, flags, streamId, payload } = frame;
    switch (type) {
      case frameTypes.data:
        this.#takeData(frame);
        break;
      case frameTypes.headers:
        this.#section = {
          streamId,
          endStream: (flags & frameFlags.endStream) !== 0,
          parts: [contentOf(frame)],
        };
        this.#endSection(flags);
        break;
      case frameTypes.continuation:
        this.#section?.parts.push(payload);
        this.#endSection(flags);
        break;
      case frameTypes.resetStream:
        this.#streams.get(streamId)?.listener.onReset(errorCodeName(numberAt(payload, 0)));
        break;
      case frameTypes.settings:
        if ((flags & frameFlags.ack) !== 0) break;
        this.settings = new Map([...(this.settings ?? []), ...decodeSettings(payload)]);
        this.#send(frameTypes.settings, frameFlags.ack, 0, new Uint8Array(0));
        break;
      case frameTypes.ping:
        if ((flags & frameFlags.ack) === 0) this.#send(frameTypes.ping, frameFlags.ack, 0, payload);
        break;
      case frameTypes.goAway:
        this.goAway = { lastStreamId: numberAt(payload, 0) & 0x7fffffff, code: errorCodeName(numberAt(payload, 4)) };
        break;
      case frameTypes.pushPromise:
        throw new Http2Error('a push was promised though SETTINGS_ENABLE_PUSH is 0');
      default:
      // PRIORITY and WINDOW_UPDATE change nothing here, and unknown types are to be passed over (RFC 9113 5.5).
    }
  }

  #takeData(frame: Frame): void {
    const data = contentOf(frame);
    const bytes = frame.payload.length;
    if (bytes > 0) this.#send(frameTypes.windowUpdate, 0, 0, encodeNumber(bytes));
    const stream = this.#streams.get(frame.streamId);
    if (!stream) return;
    stream.creditBytes -= bytes;
    const isLast = (frame.flags & frameFlags.endStream) !== 0;
    if (bytes > 0 && stream.refills && !isLast) stream.grant(bytes);
    if (data.length > 0) stream.listener.onData(data);
    if (isLast) stream.listener.onEnd();
  }

  #endSection(flags: number): void {
    const section = this.#section;
    if (!section) throw new Http2Error('a CONTINUATION frame continues nothing');
    if ((flags & frameFlags.endHeaders) === 0) return;
    this.#section = undefined;
    // Also for a stream that is gone: later blocks refer to this one.
    const fields = this.#hpack.decode(joinBytes(...section.parts));
    const listener = this.#streams.get(section.streamId)?.listener;
    listener?.onFields(fields);
    if (section.endStream) listener?.onEnd();
  }

  #break(message: string): void {
    this.malformed ??= message;
    this.#options.onFrame?.();
  }
}

/** Frames that break RFC 9113. */
class Http2Error extends Error {}

function contentOf(frame: Frame): Uint8Array {
  const content = unpadded(frame);
  if (!content) throw new Http2Error('the padding of a frame is longer than the frame');
  return content;
}
