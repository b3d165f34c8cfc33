import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Complaint } from '../../property.ts';
import { TargetLost, Undecided } from '../../undecided.ts';

/** Sends one request, waits for its outcome and says what is bad about it. */
export type Attempt = () => Promise<Complaint | undefined>;

const gone: Complaint = { message: 'the server stops accepting connections' };
const restartMs = 1000;

/**
 * A client with a stream open while another one sends hostile requests. What these do counts only where they do it
 * twice, and where plain subscriptions in between fare better.
 */
export class Bystander {
  readonly #context: RuleContext;
  #stream: Exchange;
  #serverIsGone = false;

  private constructor(context: RuleContext, stream: Exchange) {
    this.#context = context;
    this.#stream = stream;
  }

  /** Opens the bystander's stream. @throws Undecided where there is none to be had */
  static async open(context: RuleContext): Promise<Bystander> {
    return new Bystander(context, await context.subscribe());
  }

  /**
   * What a hostile request does to the server each time. Once the server is gone, nothing more is tried.
   * @throws Undecided where a plain subscription fares no better
   */
  async complaintAbout(hostile: Attempt, plain: Attempt): Promise<Complaint | undefined> {
    if (this.#serverIsGone) return undefined;
    if ((await this.#watch(hostile)) === undefined) return undefined;
    let compared = await lostAsComplaint(plain);
    if (compared === gone) {
      // Somebody may start it again at once; then the second time decides.
      await this.#context.sleep(restartMs);
      compared = await lostAsComplaint(plain);
    }
    if (compared === gone) {
      this.#serverIsGone = true;
      return gone;
    }
    if (compared) throw new Undecided(`a plain subscription fares no better: ${compared.message}`);
    this.#stream = await this.#context.subscribe();
    return this.#watch(hostile);
  }

  async #watch(attempt: Attempt): Promise<Complaint | undefined> {
    const { target } = this.#context;
    const complaint = await lostAsComplaint(attempt);
    const endsByItself = target.profiles.has('finite') || target.lifetimeMs !== undefined;
    if (complaint || endsByItself || !this.#stream.end) return complaint;
    return { message: 'the stream of another client is cut', evidence: this.#stream.evidence() };
  }
}

async function lostAsComplaint(attempt: Attempt): Promise<Complaint | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof TargetLost) return gone;
    throw error;
  }
}
