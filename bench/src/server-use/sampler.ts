import { Worker } from 'node:worker_threads';
import { ownModule } from '../engine/own-module.ts';
import type { MachineSample } from './machine-sample.ts';

/** What its thread is started with. */
export interface SamplerData {
  readonly originUs: number;
  readonly generatorPids: readonly number[];
  /** One Int32; 0 where the server is not on this machine. */
  readonly serverPid: SharedArrayBuffer;
}

/** What the machine was like when a second was over, which counts from the begin of the trial. */
export interface SamplerTold {
  readonly second: number;
  readonly sample: MachineSample;
}

export interface SamplerOptions {
  /** us of `nowUs`. */
  readonly originUs: number;
  readonly generatorPids: readonly number[];
  readonly serverPid: number | undefined;
  readonly told: (told: SamplerTold) => void;
}

const main = ownModule(import.meta.url, 'sampler-main');

/** Looks at the machine each second on a thread of its own: nothing could be published in the milliseconds that it takes. */
export class Sampler implements Disposable {
  readonly #serverPid = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #thread: Worker;

  constructor({ originUs, generatorPids, serverPid, told }: SamplerOptions) {
    this.serverPid = serverPid;
    const workerData: SamplerData = { originUs, generatorPids, serverPid: this.#serverPid.buffer };
    this.#thread = new Worker(main.url, { execArgv: main.execArgv, workerData });
    this.#thread.on('message', told);
  }

  /** Of a server that may be started again. */
  set serverPid(pid: number | undefined) {
    Atomics.store(this.#serverPid, 0, pid ?? 0);
  }

  [Symbol.dispose](): void {
    void this.#thread.terminate();
  }
}
