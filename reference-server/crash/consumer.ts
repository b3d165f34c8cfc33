import { type IncomingMessage, request } from 'node:http';
import { type Clock, sleep } from '@ssert/protocol';
import { createParser } from 'eventsource-parser';
import { keyOf } from './numbered-event.ts';
import type { ReceivedEvent } from './verdict.ts';

const reconnectionMs = 20;

/** Reads one stream for as long as it likes, over however many connections, each behind the last id it saw. */
export class Consumer {
  readonly received: ReceivedEvent[] = [];
  readonly name: string;
  /** Connections that began with a last event ID and were taken. */
  resumes = 0;
  /** Times that the server said it could not go on behind that id. */
  resets = 0;
  readonly #ports: readonly number[];
  readonly #clock: Clock;
  #lastEventId: string;
  #server: number;
  #cut: (() => void) | undefined;
  #away: Promise<void> | undefined;

  constructor(name: string, parts: { ports: readonly number[]; clock: Clock; first: number; lastEventId?: string }) {
    this.name = name;
    this.#ports = parts.ports;
    this.#clock = parts.clock;
    this.#server = parts.first;
    this.#lastEventId = parts.lastEventId ?? '';
  }

  async readUntil(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#cut?.());
    while (!signal.aborted) {
      await this.#connect();
      await this.#away;
      await sleep(this.#clock, reconnectionMs, signal);
      this.#server += 1;
    }
  }

  /** Drops the connection and stays away until the promise is settled. */
  leaveUntil(back: Promise<void>): void {
    this.#away = back;
    this.#cut?.();
  }

  /** As if it began here. */
  forget(): void {
    this.received.length = 0;
  }

  has(key: string): boolean {
    // Asked for the latest.
    return this.received.findLast((event) => event.key === key) !== undefined;
  }

  /** Resolves when the connection is over. */
  #connect(): Promise<void> {
    const port = this.#ports[this.#server % this.#ports.length];
    const headers = this.#lastEventId === '' ? {} : { 'Last-Event-ID': this.#lastEventId };
    return new Promise((resolve) => {
      const get = request({ host: '127.0.0.1', port, path: '/events', headers, agent: false });
      this.#cut = () => get.destroy();
      get.on('response', (response) => {
        if (response.statusCode === 200) {
          if (this.#lastEventId !== '') this.resumes += 1;
          this.#read(response);
        } else get.destroy();
      });
      get.on('error', () => undefined);
      get.on('close', resolve);
      get.end();
    });
  }

  #read(response: IncomingMessage): void {
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (event === 'reset') {
          this.resets += 1;
          return;
        }
        this.#lastEventId = id ?? this.#lastEventId;
        this.received.push({ id: id ?? '', key: keyOf(data) });
      },
    });
    const text = new TextDecoder();
    response.on('data', (bytes: Buffer) => parser.feed(text.decode(bytes, { stream: true })));
    response.on('error', () => undefined);
  }
}
