import { Worker } from 'node:worker_threads';
import { ownModule } from '../engine/own-module.ts';
import type { MachineSample } from './machine-sample.ts';

/** What its thread is started with. */
export interface SamplerData {
  /** us of `nowUs`. */
  readonly originUs: number;
  readonly generatorPids: readonly number[];
  /** As it is now; each message to the thread is the one from then on. */
  readonly serverPid: number | undefined;
}

/** What the machine was like when a second was over, which counts from the begin of the trial. */
export interface SamplerTold {
  readonly second: number;
  readonly sample: MachineSample;
}

export interface SamplerOptions extends SamplerData {
  readonly told: (told: SamplerTold) => void;
}

const main = ownModule(import.meta.url, 'sampler-main');

/** Looks at the machine each second on a thread of its own: nothing could be published in the milliseconds that it takes. */
export class Sampler implements Disposable {
  readonly #thread: Worker;

  constructor({ told, ...workerData }: SamplerOptions) {
    this.#thread = new Worker(main.url, { execArgv: main.execArgv, workerData: workerData satisfies SamplerData });
    this.#thread.on('message', told);
  }

  /** The server may have been started again, as another process. */
  follow(serverPid: number | undefined): void {
    this.#thread.postMessage(serverPid);
  }

  [Symbol.dispose](): void {
    void this.#thread.terminate();
  }
}
