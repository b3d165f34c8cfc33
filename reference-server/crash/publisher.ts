import { Agent, request } from 'node:http';
import { type Clock, sleep } from '@ssert/protocol';
import { type NumberedEvent, numberedEvent } from './numbered-event.ts';

const retryMs = 20;

/** Publishes one event after the other, each when it knows how the one before went. */
export class Publisher {
  /** Keys of the events that were answered with 202, and the ids that the answers gave. */
  readonly acknowledged: Map<string, string> = new Map();
  /** Keys of those of which nobody knows. */
  readonly unanswered: Set<string> = new Set();
  readonly #name: string;
  readonly #ports: readonly number[];
  readonly #clock: Clock;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #server = 0;
  #next = 0;

  constructor(name: string, ports: readonly number[], clock: Clock) {
    this.#name = name;
    this.#ports = ports;
    this.#clock = clock;
  }

  async publishUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.publishOne(signal);
    this.#agent.destroy();
  }

  /** Publishes the next event: again while no server could have seen it, else once. */
  async publishOne(signal: AbortSignal): Promise<void> {
    const event = numberedEvent(this.#name, this.#next);
    this.#next += 1;
    while (!signal.aborted) {
      const outcome = await this.#post(event);
      if (outcome.kind === 'acknowledged') this.acknowledged.set(event.key, outcome.id);
      if (outcome.kind === 'unknown') this.unanswered.add(event.key);
      if (outcome.kind === 'acknowledged') return;
      this.#server += 1;
      await sleep(this.#clock, retryMs, signal);
      if (outcome.kind === 'unknown') return;
    }
  }

  #post({ data }: NumberedEvent): Promise<Outcome> {
    const port = this.#ports[this.#server % this.#ports.length];
    const headers = { 'Content-Type': 'application/json' };
    return new Promise((resolve) => {
      const post = request({ host: '127.0.0.1', port, path: '/events', method: 'POST', headers, agent: this.#agent });
      post.on('error', (error: NodeJS.ErrnoException) =>
        resolve({ kind: error.code === 'ECONNREFUSED' ? 'unseen' : 'unknown' }),
      );
      post.on('response', (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          body += text;
        });
        response.on('error', () => resolve({ kind: 'unknown' }));
        response.on('end', () => {
          if (response.statusCode !== 202) return resolve({ kind: 'unknown' });
          resolve({ kind: 'acknowledged', id: (JSON.parse(body) as { id: string }).id });
        });
      });
      post.end(JSON.stringify({ data }));
    });
  }
}

type Outcome =
  | { readonly kind: 'acknowledged'; readonly id: string }
  /** No server had it. */
  | { readonly kind: 'unseen' }
  | { readonly kind: 'unknown' };
