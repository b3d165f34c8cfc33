import type { Accuse, Checker, Observed } from './checker.ts';

interface Tries {
  endedAtMs: number;
  /** Tries that failed since a connection was last accepted, or since the first try. */
  failed: number;
  /** The same, without those from before its own program took the connection away. */
  failedSurely: number;
  retryAfterMs: number;
}

/**
 * A client comes back after the reconnection time and not before, waits longer the more tries have failed, heeds
 * `Retry-After`, and does not wait longer than that.
 */
export function reconnectsWait(observed: Observed, accuse: Accuse): Checker {
  const { reconnect, publications } = observed.scenario;
  const retries = new Set(publications.flatMap(({ retry }) => retry ?? []));
  const tries = new Map<number, Tries>();
  /** Clients that got an event with a reconnection time. */
  const informed = new Set<number>();
  /** The longest reconnection time that a stopping server told anyone, in ms: to whom it came through is not followed. */
  let told = 0;
  const grown = (baseMs: number, failed: number): number =>
    failed === 0 ? baseMs : Math.max(baseMs, Math.min(Math.max(baseMs, 1) * 2 ** failed, reconnect.max));

  return {
    taken({ subscriber, status }, bytes) {
      if (subscriber !== undefined || status !== 200) return;
      const [, retryMs] = /^retry: (\d+)$/m.exec(new TextDecoder().decode(bytes)) ?? [];
      told = Math.max(told, Number(retryMs ?? 0));
    },
    received({ client }, number) {
      if (observed.publications.list[number]?.retry !== undefined) informed.add(client);
    },
    over({ client, status, retryAfterMs, wasAccepted }) {
      const before = tries.get(client);
      tries.set(client, {
        endedAtMs: observed.nowMs,
        failed: wasAccepted ? 0 : (before?.failed ?? -1) + 1,
        failedSurely: wasAccepted ? 0 : (before?.failedSurely ?? -1) + 1,
        retryAfterMs: status === 200 ? 0 : retryAfterMs,
      });
    },
    requested({ client }) {
      const last = tries.get(client);
      if (last === undefined) return;
      const { endedAtMs, failed, failedSurely, retryAfterMs } = last;
      if ((observed.clients.get(client)?.disturbedAtMs ?? 0) >= endedAtMs) {
        last.failedSurely = -1;
        return;
      }
      const waitedMs = observed.nowMs - endedAtMs;
      const possible = informed.has(client) && retries.size === 1 ? [...retries] : [reconnect.initial, ...retries];
      const leastMs = Math.max(retryAfterMs, grown(Math.min(...possible), told > 0 ? 0 : failedSurely));
      const mostMs = Math.max(retryAfterMs, grown(Math.max(...possible, told), failed)) * (1 + reconnect.jitter) + 2;
      if (waitedMs < leastMs) accuse(`client ${client} came back after ${waitedMs} ms, ${leastMs} had to pass`);
      if (waitedMs > mostMs) accuse(`client ${client} came back after ${waitedMs} ms, ${mostMs} were enough`);
    },
  };
}
