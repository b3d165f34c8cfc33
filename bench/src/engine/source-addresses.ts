import { portsPerAddress } from '../server-use/host-figures.ts';
import type { StreamRequest } from './receiver-plan.ts';

/** Streams on one connection of HTTP/2: what most servers allow at once (RFC 9113 section 6.5.2 asks for 100 at least). */
export const streamsPerSession = 100;

/**
 * The kernel looks for a free port one by one, per source address: past some thousands on one address each connect costs
 * milliseconds. So streams to loopback start from many addresses of 127/8, this many at most from each.
 */
export const streamsPerAddress = 1000;

/**
 * The share of its ports that the source address with most streams uses.
 * @param host of the server
 * @param ports that one source address has to one destination
 */
export function portShare(
  host: string,
  streams: number,
  protocol: StreamRequest['protocol'] = 'http/1.1',
  ports: number = portsPerAddress(),
): number {
  const most = sourceAddress(host, 0) === undefined ? streams : Math.min(streams, streamsPerAddress);
  return connectionsOf(most, protocol) / ports;
}

/** Connections that so many streams need. */
export function connectionsOf(streams: number, protocol: StreamRequest['protocol'] = 'http/1.1'): number {
  return protocol === 'h2' ? Math.ceil(streams / streamsPerSession) : streams;
}

/**
 * Where the stream's connection starts from; undefined leaves it to the kernel. Bound and unbound connections are never
 * mixed: both draw from the same ports, and the kernel runs out of them early.
 * @param host of the server
 * @param stream its number, over all shards
 */
export function sourceAddress(host: string, stream: number): string | undefined {
  if (!/^127\.\d+\.\d+\.\d+$/.test(host)) return undefined;
  const block = Math.floor(stream / streamsPerAddress);
  // 127.16.0.1 and up: far from the addresses that servers listen on.
  return `127.${16 + Math.floor(block / 64_000)}.${Math.floor(block / 250) % 256}.${1 + (block % 250)}`;
}
