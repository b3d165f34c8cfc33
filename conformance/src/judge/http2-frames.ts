/** The frames of HTTP/2 (RFC 9113 4 and 6): bytes in, frames out, and back. Nothing here knows what they mean. */

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const frameFlags = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

export const settingIds = { enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4 } as const;

/** RFC 9113 7, in the order of their numbers. */
const errorCodes = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;
export type Http2ErrorCode = (typeof errorCodes)[number];

export function errorCodeName(code: number): string {
  return errorCodes[code] ?? `0x${code.toString(16)}`;
}

export function errorCodeNumber(name: Http2ErrorCode): number {
  return errorCodes.indexOf(name);
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** 0 is the connection. */
  readonly streamId: number;
  readonly payload: Uint8Array;
}

/** What a client says first (RFC 9113 3.4). */
export const clientPreface: Uint8Array = new TextEncoder().encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** The largest payload that may be sent to a peer that did not allow more. */
export const defaultMaxFrameBytes = 16_384;

const headBytes = 9;

/** Cuts frames out of the bytes of a connection, which may come in pieces of any size. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  readonly #onOversized: (bytes: number) => void;
  #pending: Uint8Array = new Uint8Array(0);
  #broken = false;

  /** @param onOversized a frame is larger than this side allows; nothing is read behind it */
  constructor(onFrame: (frame: Frame) => void, onOversized: (bytes: number) => void) {
    this.#onFrame = onFrame;
    this.#onOversized = onOversized;
  }

  push(bytes: Uint8Array): void {
    if (this.#broken) return;
    this.#pending = this.#pending.length === 0 ? bytes : joinBytes(this.#pending, bytes);
    let at = 0;
    while (this.#pending.length - at >= headBytes) {
      const head = new DataView(this.#pending.buffer, this.#pending.byteOffset + at, headBytes);
      const length = head.getUint32(0) >>> 8;
      if (length > defaultMaxFrameBytes) {
        this.#broken = true;
        this.#onOversized(length);
        return;
      }
      if (this.#pending.length - at < headBytes + length) break;
      const payload = this.#pending.slice(at + headBytes, at + headBytes + length);
      const frame = {
        type: head.getUint8(3),
        flags: head.getUint8(4),
        streamId: head.getUint32(5) & 0x7fffffff,
        payload,
      };
      at += headBytes + length;
      this.#onFrame(frame);
    }
    this.#pending = this.#pending.slice(at);
  }
}

export function encodeFrame(type: number, flags: number, streamId: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length * 256 + type);
  view.setUint8(4, flags);
  view.setUint32(5, streamId);
  bytes.set(payload, headBytes);
  return bytes;
}

/** A payload of one 32-bit number: WINDOW_UPDATE, RST_STREAM. */
export function encodeNumber(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** The 32-bit number at a place of a payload; 0 where the payload is too short. */
export function numberAt(payload: Uint8Array, at: number): number {
  if (payload.length < at + 4) return 0;
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(at);
}

export function encodeSettings(settings: readonly (readonly [id: number, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(settings.length * 6);
  const view = new DataView(bytes.buffer);
  for (const [index, [id, value]] of settings.entries()) {
    view.setUint16(index * 6, id);
    view.setUint32(index * 6 + 2, value);
  }
  return bytes;
}

export function decodeSettings(payload: Uint8Array): [id: number, value: number][] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return Array.from({ length: Math.floor(payload.length / 6) }, (_, index) => [
    view.getUint16(index * 6),
    view.getUint32(index * 6 + 2),
  ]);
}

/** The payload of DATA or HEADERS without padding and priority; undefined where the padding is longer than it. */
export function unpadded({ type, flags, payload }: Frame): Uint8Array | undefined {
  const padded = (flags & frameFlags.padded) !== 0;
  const start = (padded ? 1 : 0) + (type === frameTypes.headers && (flags & frameFlags.priority) !== 0 ? 5 : 0);
  const end = payload.length - (padded ? (payload[0] ?? 0) : 0);
  return start <= end ? payload.subarray(start, end) : undefined;
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
