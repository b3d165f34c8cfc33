import { type ChildProcess, fork } from 'node:child_process';
import { ownModule } from '../engine/own-module.ts';
import { pin } from './pin.ts';

/** Processes to follow from here on. */
export interface ShareCommand {
  readonly share: number;
  readonly pids: readonly number[];
}

/** For how long they ran and stood since they are followed, ms. */
export interface ShareTold {
  readonly ranMs: number;
  readonly stoodMs: number;
}

const main = ownModule(import.meta.url, 'cpu-share-main');

/**
 * A CPU quota that anybody may set: a server is stopped and let go on, 50 times a second, so that it runs a part of the time
 * only. Harsher than a quota of the kernel's, as time in which the server had nothing to do is lost to it: it holds what is
 * found here under such a quota as well.
 */
export class CpuShare implements Disposable {
  readonly share: number;
  readonly #child: ChildProcess;
  /** Of those followed before, and now. */
  #before: ShareTold = { ranMs: 0, stoodMs: 0 };
  #now: ShareTold = { ranMs: 0, stoodMs: 0 };

  /** @param share of the time, above 0 and below 1 */
  constructor(share: number) {
    this.share = share;
    this.#child = fork(main.url, [], { execArgv: main.execArgv });
    this.#child.on('message', (told: ShareTold) => {
      this.#now = told;
    });
  }

  /** Holds these processes to their share, and lets those before go. @param cpus that they have, as whoever stops them wants no others */
  async follow(pids: readonly number[], cpus: string | undefined): Promise<void> {
    this.#before = this.#sum();
    this.#now = { ranMs: 0, stoodMs: 0 };
    if (cpus !== undefined) await pin(this.#child.pid, cpus);
    if (this.#child.connected) this.#child.send({ share: this.share, pids } satisfies ShareCommand);
  }

  /** Of the time in which processes were followed, that in which they ran; undefined before anything is known. */
  get ran(): number | undefined {
    const { ranMs, stoodMs } = this.#sum();
    return ranMs > 0 ? ranMs / (ranMs + stoodMs) : undefined;
  }

  /** Lets them go. */
  [Symbol.dispose](): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #sum(): ShareTold {
    return {
      ranMs: this.#before.ranMs + this.#now.ranMs,
      stoodMs: this.#before.stoodMs + this.#now.stoodMs,
    };
  }
}
