import { expect, test } from 'vitest';
import { portsPerAddress } from '../server-use/host-figures.ts';
import { portShare } from './source-addresses.ts';

test('an address has the ports that the kernel says, or as many as Linux comes with', () => {
  expect(portsPerAddress('1024\t65535\n')).toBe(64_512);
  expect(portsPerAddress('32768\t60999\n')).toBe(28_232);
  expect(portsPerAddress('')).toBe(28_232);
});

test('28,000 streams to another machine leave most ports of a range that was widened', () => {
  expect(portShare('10.0.0.1', 28_000, 'http/1.1', 28_232)).toBeGreaterThan(0.95);
  expect(portShare('10.0.0.1', 28_000, 'http/1.1', 64_512)).toBeLessThan(0.5);
});

test('streams of HTTP/2 use a port for a hundred', () => {
  expect(portShare('10.0.0.1', 28_001, 'h2', 28_100)).toBe(281 / 28_100);
  expect(portShare('127.0.0.1', 28_000, 'h2', 28_000)).toBe(10 / 28_000);
});
