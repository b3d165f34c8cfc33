import { type Clock, SettingError } from '@ssert/protocol';
import { type Cut, cuts, type Faults, resolveFaults } from './settings.ts';

/** At a time, what the network becomes, which of its connections are cut, or both. */
export interface Step {
  /** From the start of the network. */
  readonly atMs: number;
  /** Replaces all faults. */
  readonly faults?: Faults;
  /** Ends every connection that is open. */
  readonly cut?: Cut;
}

/**
 * A network's course over time, as a list such as `[{"atMs": 5000, "faults": {"refuse": true}, "cut": "rst"}]`.
 * @param given what a scenario file holds
 * @throws SettingError that names the step, such as `scenario[2].atMs`
 */
export function resolveScenario(given: unknown): readonly Step[] {
  if (!Array.isArray(given)) {
    throw new SettingError('scenario', JSON.stringify(given), 'a list such as [{"atMs": 5000, "cut": "rst"}]');
  }
  return given.map((step: unknown, at) => resolveStep(step, `scenario[${at}]`)).toSorted((a, b) => a.atMs - b.atMs);
}

function resolveStep(given: unknown, name: string): Step {
  const { atMs, faults, cut, ...others } = (typeof given === 'object' && given !== null ? given : {}) as Record<
    string,
    unknown
  >;
  const [surplus] = Object.keys(others);
  if (surplus !== undefined) throw new SettingError(`${name}.${surplus}`, others[surplus], 'atMs, faults and cut only');
  if (!(typeof atMs === 'number' && atMs >= 0)) throw new SettingError(`${name}.atMs`, atMs, 'ms from the start');
  if (faults === undefined && cut === undefined) throw new SettingError(name, JSON.stringify(given), 'faults or cut');
  return {
    atMs,
    ...(faults === undefined ? {} : { faults: resolveFaults(faults) }),
    ...(cut === undefined ? {} : { cut: resolveCut(cut, `${name}.cut`) }),
  };
}

/** @throws SettingError where that is no way of ending a connection */
export function resolveCut(given: unknown, name: string): Cut {
  if (cuts.some((cut) => cut === given)) return given as Cut;
  throw new SettingError(name, given, `one of ${cuts.join(' ')}`);
}

/**
 * Plays the steps as their times come.
 * @returns a function that stops it
 */
export function playScenario(steps: readonly Step[], clock: Clock, take: (step: Step) => void): () => void {
  const cancels = steps.map((step) => clock.after(step.atMs, () => take(step)));
  return () => {
    for (const cancel of cancels) cancel();
  };
}
