import { fork } from 'node:child_process';
import { once } from 'node:events';
import { ownModule } from '../engine/own-module.ts';
import type { StreamRequest } from '../engine/receiver-plan.ts';

const main = ownModule(import.meta.url, 'null-server-main');

/** What a server speaks, and nothing else. */
export interface Spoken {
  readonly protocol: NonNullable<StreamRequest['protocol']>;
  readonly tls: boolean;
}

/** What a run speaks with its server. */
export function spokenIn({ url, protocol = 'http/1.1' }: Pick<StreamRequest, 'url' | 'protocol'>): Spoken {
  return { protocol, tls: new URL(url.replaceAll('{channel}', 'x')).protocol === 'https:' };
}

/** What the null server's process tells once it listens. */
export interface Listening {
  readonly port: number;
  /** PEM to trust, where it speaks TLS. */
  readonly ca?: string;
}

/** What the null server's process is told: to send this data as events, as fast as the streams take them. */
export interface Flood {
  readonly data: string;
  readonly ms: number;
}

/** A server of streams that does nothing else, in a process of its own. */
export interface NullServer extends Disposable {
  readonly pid: number | undefined;
  readonly request: StreamRequest;
  flood(flood: Flood): void;
}

/** @throws Error where it does not start, or `signal` aborts before it has */
export async function startNullServer({ protocol, tls }: Spoken, signal: AbortSignal): Promise<NullServer> {
  const child = fork(main.url, [protocol, ...(tls ? ['tls'] : [])], { execArgv: main.execArgv });
  const end = (): boolean => child.kill('SIGKILL');
  try {
    const [{ port, ca }] = (await once(child, 'message', { signal })) as [Listening];
    return {
      pid: child.pid,
      request: {
        url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/`,
        method: 'GET',
        headers: {},
        protocol,
        ...(ca === undefined ? {} : { ca }),
      },
      flood: (flood) => child.send(flood),
      [Symbol.dispose]: end,
    };
  } catch (error) {
    end();
    throw error;
  }
}
