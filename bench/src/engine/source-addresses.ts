/**
 * The kernel looks for a free port one by one, per source address: past some thousands on one address each connect costs
 * milliseconds. So streams to loopback start from many addresses of 127/8, this many at most from each.
 */
export const streamsPerAddress = 1000;

/** Ports that one source address has to one destination, as Linux comes: 32768 to 60999, of which it keeps some apart. */
export const portsPerAddress = 28_232;

/** The share of its ports that the source address with most streams uses. @param host of the server */
export function portShare(host: string, streams: number): number {
  const most = sourceAddress(host, 0) === undefined ? streams : Math.min(streams, streamsPerAddress);
  return most / portsPerAddress;
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
