import { unescape as percentDecode } from 'node:querystring';
import { type Address, addressOf } from './address.ts';

/** A request as bytes, and as the text that evidence shows. */
export interface WireRequest extends Address {
  readonly method: string;
  readonly url: URL;
  readonly text: string;
  /** The bytes in pieces of at most 64 KiB. */
  readonly parts: readonly Uint8Array[];
}

/** What differs from a plain subscription. */
export interface RequestOptions {
  readonly url?: URL;
  readonly method?: string;
  /** Fields that replace those of the same name; `null` leaves one out. Values are sent as UTF-8, or as the bytes given. */
  readonly headers?: Readonly<Record<string, string | Uint8Array | null>>;
  readonly body?: string | undefined;
  readonly httpVersion?: '1.0' | '1.1';
  /** The request target as it stands on the wire, where a URL would not keep it. */
  readonly requestTarget?: string;
}

/**
 * Renders a request. The fields of `options` win over `defaults` and stand behind them in the order given, so a caller
 * that names every field decides on their order.
 */
export function wireRequest(
  url: URL,
  method: string,
  defaults: Readonly<Record<string, string>>,
  options: RequestOptions = {},
): WireRequest {
  const fields = new Map<string, readonly [string, string | Uint8Array]>();
  const body = options.body === undefined ? undefined : Buffer.from(options.body);
  const initial: Record<string, string> = { Host: url.host, ...basicCredentials(url), ...defaults };
  if (body) initial['Content-Length'] = String(body.length);
  for (const [name, value] of [...Object.entries(initial), ...Object.entries(options.headers ?? {})]) {
    fields.delete(name.toLowerCase());
    if (value !== null) fields.set(name.toLowerCase(), [name, value]);
  }
  const target = options.requestTarget ?? `${url.pathname}${url.search}`;
  const head: Uint8Array[] = [Buffer.from(`${method} ${target} HTTP/${options.httpVersion ?? '1.1'}\r\n`)];
  for (const [name, value] of fields.values()) {
    head.push(Buffer.from(`${name}: `), typeof value === 'string' ? Buffer.from(value) : value, Buffer.from('\r\n'));
  }
  head.push(Buffer.from('\r\n'));
  const headBytes = Buffer.concat(head);
  const text = headBytes.toString('utf8').trimEnd().replaceAll('\r\n', '\n');
  return {
    method,
    url,
    ...addressOf(url),
    text: text.length > 4096 ? `${text.slice(0, 4096)}… (${headBytes.length} bytes)` : text,
    parts: pieces(body ? Buffer.concat([headBytes, body]) : headBytes),
  };
}

/** The name and password that stand in a URL, as curl sends them (RFC 7617). */
export function basicCredentials({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const credentials = `${percentDecode(username)}:${percentDecode(password)}`;
  return { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

const pieceBytes = 65_536;

function pieces(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / pieceBytes);
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * pieceBytes, (n + 1) * pieceBytes));
}
