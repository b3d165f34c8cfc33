/** Where a URL is dialled. */
export interface Address {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  /** The one that the URL names, or that of its scheme. */
  readonly port: number;
  readonly tls: boolean;
}

/** The address that a URL names. */
export function addressOf({ hostname, port, protocol }: URL): Address {
  const tls = protocol === 'https:';
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (tls ? 443 : 80), tls };
}

/** What TLS names the host (SNI): an IP address is not named (RFC 6066 3). */
export function servernameOf(host: string): string {
  return /^[\d.:]+$/.test(host) ? '' : host;
}
