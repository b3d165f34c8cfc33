import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Complaint } from '../../property.ts';
import { TargetLost, Undecided } from '../../undecided.ts';

/** Sends one request, waits for its outcome and says what is bad about it. */
export type Attempt = () => Promise<Complaint | undefined>;

const gone: Complaint = { message: 'the server stops accepting connections' };
const cut: Complaint = { message: 'the stream of another client is cut' };
const restartMs = 1000;
/** In ms: by then it shows what a plain subscription did to the bystander. */
const aftermathMs = 300;

/**
 * A client with a stream open while another one sends hostile requests. What these do counts only where they do it
 * twice, and where plain subscriptions in between fare better.
 */
export class Bystander {
  readonly #context: RuleContext;
  #stream: Exchange;
  #serverIsGone = false;
  /** The server ends a client's older stream for its newer one. */
  #givesWay = false;

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
    const first = await this.#watch(hostile);
    if (first === undefined) return undefined;
    const patienceMs = first === cut ? aftermathMs : 0;
    let compared = await this.#compare(plain, patienceMs);
    if (compared === gone) {
      // Somebody may start it again at once; then the second time decides.
      await this.#context.sleep(restartMs);
      compared = await this.#compare(plain, patienceMs);
    }
    if (compared === gone) {
      this.#serverIsGone = true;
      return gone;
    }
    if (compared) throw new Undecided(`a plain subscription fares no better: ${compared.message}`);
    this.#stream = await this.#context.subscribe();
    const complaint = await this.#watch(hostile);
    return complaint === cut ? { ...cut, evidence: this.#stream.evidence() } : complaint;
  }

  /** What a plain subscription does. A bystander that it ends each time tells nothing of hostile requests either. */
  async #compare(plain: Attempt, patienceMs: number): Promise<Complaint | undefined> {
    const besideAnother = async (): Promise<Complaint | undefined> => {
      this.#stream = await this.#context.subscribe();
      return plain();
    };
    const compared = await this.#watch(besideAnother, patienceMs);
    if (compared !== cut) return compared;
    const again = await this.#watch(besideAnother, patienceMs);
    this.#givesWay = again === cut;
    return this.#givesWay ? undefined : (again ?? cut);
  }

  /** @param patienceMs how long to wait for the bystander's end after the outcome */
  async #watch(attempt: Attempt, patienceMs = 0): Promise<Complaint | undefined> {
    const { target } = this.#context;
    const complaint = await lostAsComplaint(attempt);
    const endsByItself = target.profiles.has('finite') || target.lifetimeMs !== undefined;
    if (complaint || endsByItself || this.#givesWay) return complaint;
    return (await this.#stream.endWithin(patienceMs)) ? cut : undefined;
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
