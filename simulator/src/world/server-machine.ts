import type { Random } from '@ssert/protocol';
import { Hub, LogUnavailable, MemoryStore, openStream, resolveSettings, retryAfterSeconds } from '@ssert/server/core';
import type { Scenario } from '../simulation/scenario.ts';
import { DiskStore, VirtualDisk } from './disk-store.ts';
import { MachineClock } from './machine-clock.ts';
import type { Listener } from './network.ts';
import type { StreamRecord } from './stream-record.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Hears what the hub does with its listeners. */
export interface ServerObserver {
  subscribed(stream: StreamRecord): void;
  left(stream: StreamRecord): void;
}

/** One process of the server: the hub, and the log that it opened. */
interface Process {
  readonly hub: Hub;
  readonly store: MemoryStore | DiskStore;
  readonly clock: MachineClock;
}

/** The machine on which the server runs, one process after another. */
export class ServerMachine implements Listener {
  readonly disk: VirtualDisk;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #settings: Scenario['server'];
  readonly #observer: ServerObserver;
  #clock: MachineClock;
  #process: Process | undefined;
  #life = 0;

  constructor(time: VirtualTime, random: Random, settings: Scenario['server'], observer: ServerObserver) {
    this.#time = time;
    this.#random = random;
    this.#settings = settings;
    this.#observer = observer;
    this.#clock = new MachineClock(time);
    this.disk = new VirtualDisk(time, settings.diskMs);
  }

  get life(): number {
    return this.#life;
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  get isStopping(): boolean {
    return this.#process?.hub.isStopping ?? false;
  }

  get openStreams(): number {
    return this.#process?.hub.health.activeConnections ?? 0;
  }

  get heldListeners(): number {
    return this.#process?.hub.events?.channel.streams().length ?? 0;
  }

  get clock(): MachineClock {
    return this.#clock;
  }

  /** Starts a process; it listens once the log is read, and tries again while that fails. */
  start(): void {
    const clock = new MachineClock(this.#time, this.#clock.wallOffsetMs);
    this.#clock = clock;
    const { log, flushMs, diskMs: _, ...given } = this.#settings;
    const settings = resolveSettings({ ...given, events: true, replayEvents: given.replayEvents, storedRecords: 1 });
    const store = log === 'disk' ? new DiskStore(this.disk) : MemoryStore.fresh(clock, this.#random);
    const soon = flushMs === undefined ? undefined : (callback: () => void) => void clock.after(flushMs, callback);
    const hub = new Hub({ settings, clock, random: this.#random, store, ...(soon && { soon }) });
    hub.start().then(
      () => {
        if (this.#clock !== clock) return;
        this.#life += 1;
        this.#process = { hub, store, clock };
      },
      (error) => {
        if (!(error instanceof LogUnavailable)) throw error;
        this.#time.after(1000, () => this.start());
      },
    );
  }

  /** The process is gone at once, and its connections with it. */
  crash(): void {
    this.#clock.end();
    const store = this.#process?.store;
    if (store instanceof DiskStore) store.die();
    this.#process = undefined;
  }

  /** Asks the process to stop. */
  stop(): void {
    this.#process?.hub.stop();
  }

  /** The stopped process exits. */
  exit(): void {
    void this.#process?.store.close();
    this.#process = undefined;
  }

  /** Undefined where there is no process to ask. @throws LogUnavailable, RefusedEvent */
  publish(event: {
    readonly data: string;
    readonly event?: string;
    readonly retry?: number;
  }): Promise<string> | undefined {
    return this.#process?.hub.events?.publish(event);
  }

  answer(request: Request, stream: StreamRecord): Response | undefined {
    const process = this.#process;
    const feed = process?.hub.events;
    if (process === undefined || feed === undefined) return undefined;
    const { hub } = process;
    stream.life = this.#life;
    return openStream(
      {
        isClosed: hub.isStopping,
        isFull: hub.isFull,
        retryAfterSeconds: () => retryAfterSeconds(this.#random),
        subscribe: (end) => {
          this.#observer.subscribed(stream);
          stream.subscriber = feed.subscribe({
            ...end,
            onLeave: (reason, subscriber) => {
              stream.leftBecause = reason;
              this.#observer.left(stream);
              end.onLeave?.(reason, subscriber);
            },
          });
          return stream.subscriber;
        },
      },
      request,
    );
  }
}
