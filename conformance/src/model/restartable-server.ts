import type { PublishOutcome } from '../access/publisher.ts';
import type { FreshServer, RuleContext } from '../context.ts';
import type { PublishedEvent } from '../target.ts';

/** A server of the rule's own, whose process a history ends, and starts again on the same port and data. */
export class RestartableServer {
  readonly #context: RuleContext;
  #now: FreshServer;
  #lives = 1;

  private constructor(context: RuleContext, first: FreshServer) {
    this.#context = context;
    this.#now = first;
  }

  /** @throws Undecided where the target gives no way to start it */
  static async start(context: RuleContext): Promise<RestartableServer> {
    return new RestartableServer(context, await context.startFresh());
  }

  get now(): FreshServer {
    return this.#now;
  }

  publish(event: PublishedEvent): Promise<PublishOutcome> {
    return this.#now.publish(event);
  }

  /** Streams end with the process; whoever has opened one sees it once the next listens. */
  async restart(): Promise<void> {
    this.#now = await this.#context.startAgain(this.#now);
    this.#lives += 1;
  }

  /**
   * Sees to it that this is a first life, on another port where it is not: what a history finds must come of its own
   * commands, not of a restart in one before.
   */
  async begin(): Promise<void> {
    if (this.#lives === 1) return;
    await this.#now.stop();
    this.#now = await this.#context.startFresh();
    this.#lives = 1;
  }
}
