import { once } from 'node:events';
import { type Child, startChild } from './child.ts';

const mtuBytes = 1500;

/** A network of its own, whose loopback cuts what is sent as an Ethernet would. */
export interface Namespace extends AsyncDisposable {
  /** What to write before a command so that it runs there. */
  readonly prefix: readonly string[];
}

/**
 * The loopback of the machine takes packets of 64 KiB, and lets the kernel buffer megabytes for a stalled reader: it
 * hides what a server does with the rest.
 */
export async function openNamespace(): Promise<Namespace> {
  if (process.getuid?.() !== 0) throw new Error('a network namespace needs root');
  // `cat` waits at no cost, and for no longer than this process lives.
  const script = `ip link set lo mtu ${mtuBytes} up && echo ready && exec cat`;
  const holder: Child = await startChild('unshare -n', ['unshare', '-n', 'sh', '-c', script]);
  const { stdout } = holder.process;
  if (stdout === null) throw new Error('unshare has no pipes');
  await Promise.race([once(stdout, 'data'), holder.ended]);
  return {
    prefix: ['nsenter', `--net=/proc/${holder.pid}/ns/net`],
    [Symbol.asyncDispose]: () => holder[Symbol.asyncDispose](),
  };
}
