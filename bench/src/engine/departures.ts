import type { Random } from '@ssert/protocol';
import { exponential } from '../publisher/schedule.ts';
import type { ChurnPlan, Closing } from './receiver-plan.ts';

/** Spread of a lognormal lifetime: its largest tenth stays eight times the median and more. */
const sigma = 1.6;

/** Draws how long clients stay, how they leave and whether they come back. */
export class Departures {
  readonly #churn: ChurnPlan | undefined;
  readonly #random: Random;

  constructor(churn: ChurnPlan | undefined, random: Random) {
    this.#churn = churn;
    this.#random = random;
  }

  /** us; undefined where nobody leaves. */
  staysUs(): number | undefined {
    const churn = this.#churn;
    if (!churn) return undefined;
    if (churn.law === 'exponential') return exponential(this.#random) * churn.meanUs;
    const normal = Math.sqrt(2 * exponential(this.#random)) * Math.cos(2 * Math.PI * this.#random.next());
    return churn.meanUs * Math.exp(sigma * normal - sigma ** 2 / 2);
  }

  /** Whether a client that connects leaves before the response begins. */
  beforeTheHead(): boolean {
    return this.#churn !== undefined && this.#random.next() < this.#churn.closings['in-head'];
  }

  comesBack(): boolean {
    return this.#churn !== undefined && this.#random.next() < this.#churn.resuming;
  }

  /** Of a connection whose response has begun. */
  closing(): Closing {
    const { fin = 1, rst = 0 } = this.#churn?.closings ?? {};
    return this.#random.next() * (fin + rst) < fin ? 'fin' : 'rst';
  }

  /** A random part of a time. */
  part(us: number): number {
    return this.#random.next() * us;
  }
}
