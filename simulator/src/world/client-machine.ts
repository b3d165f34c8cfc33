import { EventStream, type StreamMessage, type StreamState } from '@ssert/client';
import { type Random, sleep } from '@ssert/protocol';
import type { Scenario, SimulatedClient } from '../simulation/scenario.ts';
import { MachineClock } from './machine-clock.ts';
import type { Network } from './network.ts';
import type { StreamRecord } from './stream-record.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Event types that a client with listeners listens to. */
export const eventTypes: readonly string[] = ['message', 'alert', 'usage', 'reset'];

/** Hears what the client tells its program. */
export interface ClientObserver {
  given(client: ClientMachine, message: StreamMessage): void;
  state(client: ClientMachine, state: StreamState): void;
}

/** The machine of one client, and the program on it that reads a stream. */
export class ClientMachine {
  readonly plan: SimulatedClient;
  readonly clock: MachineClock;
  stream: EventStream | undefined;
  /** That of its last request. */
  connection: StreamRecord | undefined;
  hasLeft = false;
  disturbedAtMs = -1;
  readonly #network: Network;
  readonly #random: Random;
  readonly #reconnect: Scenario['reconnect'];
  readonly #observer: ClientObserver;

  constructor(
    plan: SimulatedClient,
    parts: {
      readonly time: VirtualTime;
      readonly network: Network;
      readonly random: Random;
      readonly reconnect: Scenario['reconnect'];
      readonly observer: ClientObserver;
    },
  ) {
    this.plan = plan;
    this.clock = new MachineClock(parts.time);
    this.#network = parts.network;
    this.#random = parts.random;
    this.#reconnect = parts.reconnect;
    this.#observer = parts.observer;
  }

  join(): void {
    this.#act(() => this.#connect());
  }

  #connect(): void {
    const { number, reads, watchdogMs } = this.plan;
    const give = (message: StreamMessage): void => this.#observer.given(this, message);
    const stream = new EventStream('http://server/events', {
      clock: this.clock,
      random: this.#random,
      reconnect: this.#reconnect,
      retryStatus: [503],
      followPage: false,
      fetch: this.#network.requesterFor(number, this.clock),
      ...(watchdogMs > 0 && { watchdogMs }),
      ...(reads === 'callback' && { onEvent: give }),
    });
    this.stream = stream;
    stream.addEventListener('state', () => this.#observer.state(this, stream.state));
    if (reads === 'listeners') for (const type of eventTypes) stream.addEventListener(type, give as never);
    if (typeof reads === 'object') void this.#loop(stream, reads.loopMs, give);
  }

  leave(): void {
    this.#act(() => {
      this.hasLeft = true;
      this.stream?.close();
    });
  }

  suspend(): void {
    this.#act(() => this.stream?.suspend());
  }

  resume(): void {
    this.#act(() => this.stream?.resume());
  }

  reconnect(): void {
    this.#act(() => this.stream?.restart());
  }

  /** The machine stands still. */
  sleep(): void {
    this.#disturb();
    this.clock.sleep();
    for (const { clientEnd } of this.#network.connectionsOf(this.plan.number)) clientEnd.hold(true);
  }

  wake(): void {
    this.#disturb();
    // First, as its timers may end what is held.
    for (const { clientEnd } of this.#network.connectionsOf(this.plan.number)) clientEnd.hold(false);
    this.clock.wake();
  }

  /** Its program does something: not while the machine stands still. */
  #act(act: () => void): void {
    this.clock.after(0, () => {
      this.#disturb();
      act();
    });
  }

  /** What its program or its machine does is no fault of the stream's. */
  #disturb(): void {
    this.disturbedAtMs = this.clock.now();
  }

  async #loop(stream: EventStream, loopMs: number, give: (message: StreamMessage) => void): Promise<void> {
    for await (const message of stream) {
      give(message);
      await sleep(this.clock, loopMs);
    }
  }
}
