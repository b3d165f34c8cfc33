import { type ChildProcess, fork } from 'node:child_process';
import { ownModule } from './own-module.ts';
import type { ReceiverRecord, ReceiverSummary } from './receiver-memory.ts';
import type { ReceiverCommand, ReceiverPlan } from './receiver-plan.ts';
import type { ShardCommand, ShardMessage } from './shard-main.ts';

const main = ownModule(import.meta.url, 'shard-main');

/** A thread of a shard. */
export interface ThreadName {
  readonly shard: number;
  readonly thread: number;
}

export interface ShardEvents {
  /** @param second counts from the begin of the trial; infinite for what came after the last whole one */
  record(from: ThreadName, second: number, record: ReceiverRecord): void;
}

/** The engine's processes on this machine. */
export class Shards implements Disposable {
  readonly #children: readonly ChildProcess[];
  readonly #events: ShardEvents;
  readonly #threads: readonly number[];
  readonly #summaries = new Map<string, ReceiverSummary>();
  #settle: { resolve(): void; reject(error: Error): void } | undefined;
  #problem: Error | undefined;
  #ready = 0;
  #taken = 0;

  private constructor(children: readonly ChildProcess[], threads: readonly number[], events: ShardEvents) {
    this.#children = children;
    this.#threads = threads;
    this.#events = events;
    children.forEach((child, shard) => {
      child.on('message', (message) => this.#take(shard, message as ShardMessage));
      child.on('exit', (code, signal) =>
        this.#fail(`a shard of the engine ended with ${signal ?? `exit code ${code}`}`),
      );
      child.on('error', (error) => this.#fail(error.message));
    });
  }

  /**
   * @param processes how many to start
   * @throws Error where one does not start
   */
  static async start(processes: number, threads: readonly number[], events: ShardEvents): Promise<Shards> {
    const children = Array.from({ length: processes }, () =>
      fork(main.url, [], { execArgv: main.execArgv, serialization: 'advanced' }),
    );
    const shards = new Shards(children, threads, events);
    await shards.#until(() => shards.#ready === processes);
    return shards;
  }

  get pids(): number[] {
    return this.#children.flatMap(({ pid }) => pid ?? []);
  }

  /** What broke, if anything did. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** Gives each shard the plans of its threads. */
  begin(plans: readonly (readonly ReceiverPlan[])[]): void {
    for (const [shard, own] of plans.entries()) this.#send(shard, { kind: 'start', plans: own });
  }

  /** Resolves once every thread has taken the command. */
  async tell(command: Exclude<ReceiverCommand, { kind: 'finish' }>): Promise<void> {
    const taken = this.#taken + this.#threads.reduce((sum, count) => sum + count, 0);
    for (let shard = 0; shard < this.#children.length; shard += 1) this.#send(shard, command);
    await this.#until(() => this.#taken >= taken);
  }

  /** Closes all streams. @returns what each thread of each shard tells */
  async finish(uncounted: readonly number[]): Promise<ReceiverSummary[][]> {
    for (let shard = 0; shard < this.#children.length; shard += 1) this.#send(shard, { kind: 'finish', uncounted });
    const all = this.#threads.flatMap((count, shard) => Array.from({ length: count }, (_, at) => `${shard}/${at}`));
    await this.#until(() => all.every((name) => this.#summaries.has(name)));
    return this.#threads.map((count, shard) =>
      Array.from({ length: count }, (_, thread) => this.#summaries.get(`${shard}/${thread}`) as ReceiverSummary),
    );
  }

  /** Ends the processes. */
  [Symbol.dispose](): void {
    for (const child of this.#children) {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    }
  }

  #take(shard: number, message: ShardMessage): void {
    switch (message.kind) {
      case 'ready':
        this.#ready += 1;
        break;
      case 'taken':
        this.#taken += 1;
        break;
      case 'record':
        this.#events.record({ shard, thread: message.thread }, message.second, message.record);
        return;
      case 'summary':
        this.#summaries.set(`${shard}/${message.thread}`, message.summary);
        break;
      case 'broken':
        this.#fail(`a thread of the engine broke: ${message.message}`);
    }
    this.#settle?.resolve();
  }

  #fail(message: string): void {
    this.#problem ??= new Error(message);
    this.#settle?.reject(this.#problem);
  }

  #send(shard: number, command: ShardCommand): void {
    if (this.#children[shard]?.connected) this.#children[shard]?.send(command);
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      if (this.#problem) throw this.#problem;
      if (condition()) return;
      await new Promise<void>((resolve, reject) => {
        this.#settle = { resolve, reject };
      });
    }
  }
}
