import { layerRandom } from '../chance/layers.ts';
import { type Checkers, checkers } from '../checkers/index.ts';
import { ClientMachine } from '../world/client-machine.ts';
import { Network } from '../world/network.ts';
import { ServerMachine } from '../world/server-machine.ts';
import { turn } from '../world/turn.ts';
import { VirtualTime } from '../world/virtual-time.ts';
import { Chronicle } from './chronicle.ts';
import { play } from './faults.ts';
import type { Outcome } from './outcome.ts';
import type { Publication, Scenario } from './scenario.ts';

/** How often an event is published when everything has to come right, until each client has got one. */
const markerEveryMs = 5000;
/** Time that this may take: longer than any backoff, stall or backlog of a scenario. */
const settleMs = 1_200_000;
/** Steps at one time after which it counts as standing still. */
const mostStepsAtOnce = 10_000;

export interface SimulateOptions {
  /** Called with a line for all that happens. */
  readonly trace?: (line: string) => void;
  /** Further invariants, beside those that always hold. */
  readonly checkers?: Checkers;
}

/**
 * Plays a scenario: the real client, hub, log and stream on virtual time and a virtual network, until all clients have
 * what they were promised, and then until everybody has left. The same scenario has the same outcome, digest included.
 */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<Outcome> {
  const run = new Run(scenario, options);
  const stuck = await run.toEnd();
  const { accusation, digest, counts } = run.chronicle;
  const whole = { seed: scenario.seed, digest: digest.toString(), counts };
  if (accusation !== undefined) return { ...whole, result: 'unsafe', ...accusation };
  if (stuck !== undefined) return { ...whole, result: 'stuck', message: stuck, atMs: counts.simulatedMs };
  return { ...whole, result: 'passed' };
}

class Run {
  readonly chronicle: Chronicle;
  readonly #scenario: Scenario;
  readonly #time = new VirtualTime();
  readonly #server: ServerMachine;
  readonly #network: Network;
  /** The last instant, and the steps in it. */
  #at = -1;
  #stepsAtOnce = 0;

  constructor(scenario: Scenario, { trace, checkers: further }: SimulateOptions) {
    const { seed, server, line, clients, reconnect } = scenario;
    this.#scenario = scenario;
    this.chronicle = new Chronicle(scenario, this.#time, { ...checkers, ...further }, trace);
    this.#server = new ServerMachine(this.#time, layerRandom(seed, 'server'), server, this.chronicle);
    this.chronicle.server = this.#server;
    this.#network = new Network(this.#time, seed, line, this.#server, this.chronicle);
    for (const plan of clients) {
      const random = layerRandom(seed, `client ${plan.number}`);
      const parts = { time: this.#time, network: this.#network, random, reconnect, observer: this.chronicle };
      this.chronicle.clients.set(plan.number, new ClientMachine(plan, parts));
    }
  }

  /** @returns what never came, where something did not */
  async toEnd(): Promise<string | undefined> {
    const { durationMs, server, line } = this.#scenario;
    this.#begin();
    const stuck = (await this.#until(durationMs)) ?? (await this.#converge());
    if (stuck !== undefined || this.chronicle.accusation !== undefined) return stuck;
    for (const client of this.chronicle.clients.values()) client.leave();
    // What nobody could tell the server of shows after the kernel's time and two heartbeats.
    const seenMs = 60_000 + server.stallMs + 2 * server.heartbeatMs + 10 * (line.latencyMs + line.jitterMs) + 1000;
    const left = await this.#until(this.#time.nowMs + seenMs);
    if (left !== undefined || this.chronicle.accusation !== undefined) return left;
    this.chronicle.finished(false);
    this.#server.stop();
    const stopped = await this.#until(this.#time.nowMs + server.stopMs + 1000);
    this.chronicle.finished(true);
    return stopped;
  }

  #begin(): void {
    const { clients, publications, faults, durationMs } = this.#scenario;
    this.#server.start();
    for (const { number, joinAtMs, leaveAtMs } of clients) {
      const client = this.chronicle.clients.get(number);
      this.#time.at(joinAtMs, () => client?.join());
      if (leaveAtMs !== undefined) this.#time.at(leaveAtMs, () => client?.leave());
    }
    for (const publication of publications) this.#time.at(publication.atMs, () => this.#publish(publication));
    const parts = { time: this.#time, network: this.#network, server: this.#server, chronicle: this.chronicle };
    for (const [at, fault] of faults.entries()) this.#time.at(fault.atMs, () => play(fault, at, durationMs, parts));
  }

  /** Nothing goes wrong any more: every client has to be open, and get what is published now. */
  async #converge(): Promise<string | undefined> {
    const firstMarker = this.chronicle.publications.list.length;
    const endMs = this.#time.nowMs + settleMs;
    while (this.#time.nowMs < endMs && this.chronicle.accusation === undefined) {
      this.#publish({ atMs: this.#time.nowMs });
      const stuck = await this.#until(this.#time.nowMs + markerEveryMs);
      if (stuck !== undefined) return stuck;
      if (this.#behind(firstMarker).length === 0) return undefined;
    }
    const [client] = this.#behind(firstMarker);
    const { name } = client?.stream?.state ?? { name: 'not there' };
    return `client ${client?.plan.number} is ${name}, and gets nothing ${settleMs / 1000} s after all is well again`;
  }

  #behind(marker: number): ClientMachine[] {
    return [...this.chronicle.clients.values()].filter(
      ({ hasLeft, stream, connection }) =>
        !hasLeft && (stream?.state.name !== 'open' || (connection?.cursor ?? -1) < marker),
    );
  }

  #publish(publication: Publication): void {
    if (!this.#server.isUp) return;
    const number = this.chronicle.called(publication);
    const { data, type, retry } = this.chronicle.publications.list[number] ?? { data: '', type: '', retry: undefined };
    const event = { data, ...(type !== 'message' && { event: type }), ...(retry !== undefined && { retry }) };
    this.#server.publish(event)?.then(
      (id) => this.chronicle.answered(number, id),
      () => this.chronicle.answered(number, undefined),
    );
  }

  /** Lets time pass up to a moment, and the moment itself. @returns what is wrong with time, where it stands still */
  async #until(endMs: number): Promise<string | undefined> {
    this.#time.at(endMs, () => {});
    while (this.#time.step(endMs)) {
      await turn();
      this.chronicle.settled();
      if (this.chronicle.accusation !== undefined) return undefined;
      const { nowMs } = this.#time;
      this.#stepsAtOnce = nowMs === this.#at ? this.#stepsAtOnce + 1 : 0;
      this.#at = nowMs;
      if (this.#stepsAtOnce > mostStepsAtOnce) return 'there is always more to do, and no time passes';
    }
    return undefined;
  }
}
