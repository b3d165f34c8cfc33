import type { Random } from '@ssert/protocol';
import { exponential, zipf } from '../chance/distributions.ts';
import { layerRandom, uniform } from '../chance/layers.ts';

/** Who uses the service, and which of its models. */
export interface CallerModel {
  /** How many users there are, and the exponent of the Zipf law by which some use it more than others. */
  readonly users: number;
  readonly userExponent: number;
  /** Models by popularity, each with what its tokens cost. */
  readonly models: readonly { readonly name: string; readonly creditMultiplier: number }[];
  readonly modelExponent: number;
  /**
   * A burst is mostly one user's: the chance that a record is of the session's user, the silence that ends a session,
   * and the mean time after which one ends without a silence, in seconds.
   */
  readonly session: { readonly chance: number; readonly silenceS: number; readonly meanS: number };
}

export type Model = CallerModel['models'][number];

/** Gives each record its user's model. Memory is bounded by the number of users. */
export class Callers {
  readonly #model: CallerModel;
  readonly #seed: number;
  readonly #random: Random;
  readonly #modelOfUser = new Map<number, Model>();
  #session = 0;
  #sessionEndS = Number.NEGATIVE_INFINITY;
  #lastS = Number.NEGATIVE_INFINITY;

  constructor(model: CallerModel, seed: number) {
    this.#model = model;
    this.#seed = seed;
    this.#random = layerRandom(seed, 'callers');
  }

  /** The model of the record at this time; times may not go back. */
  at(timeS: number): Model {
    const { session } = this.#model;
    if (timeS >= this.#sessionEndS || timeS - this.#lastS > session.silenceS) {
      this.#session = this.#anyUser();
      this.#sessionEndS = timeS + exponential(this.#random, session.meanS);
    }
    this.#lastS = timeS;
    return this.#favourite(uniform(this.#random) < session.chance ? this.#session : this.#anyUser());
  }

  #anyUser(): number {
    return zipf(this.#random, this.#model.users, this.#model.userExponent);
  }

  /** Every user keeps to one model, whatever the others do. */
  #favourite(user: number): Model {
    const known = this.#modelOfUser.get(user);
    if (known) return known;
    const { models, modelExponent } = this.#model;
    const place = zipf(layerRandom(this.#seed, `user ${user}`), models.length, modelExponent);
    const model = models[place - 1] as Model;
    this.#modelOfUser.set(user, model);
    return model;
  }
}
