import type { Validity } from '../results/bench-result.ts';
import { isOthers, limits } from './limits.ts';

/** What is known of the generator at the end of a trial. */
export interface SelfCheck {
  /** For each second that counts, the limits that it broke. */
  readonly seconds: readonly (readonly string[])[];
  /** p99 of delivery of the loaded streams and of the canary's, on the same publishes, us; null where nothing came. */
  readonly loadedP99Us: number | null;
  readonly canaryP99Us: number | null;
  /** The least that the loaded streams were later by, as far as chance goes, us; absent where that is not known. */
  readonly laterByUs?: number | undefined;
  /** Deliveries a second that were asked for, and that the generator reaches with the null server. */
  readonly askedPerS: number;
  readonly ceilingPerS: number | undefined;
  /** Whether the kernel tells of tasks that wait for a CPU. */
  readonly pressureKnown: boolean;
  /** Whether server and generator read the same clock. */
  readonly sameClock: boolean;
  /** The most publishes that were under way at once, and for how many there are connections. */
  readonly publishing?: { readonly mostUnderWay: number; readonly connections: number } | undefined;
  /** What broke in the engine. */
  readonly problem: string | undefined;
  /** Where the trial was broken off: how long it had measured, and should have. */
  readonly interrupted?: { readonly measuredS: number; readonly wantedS: number } | undefined;
}

/** Whether the generator may have been the limit: then nothing is said about the server. */
export function validityOf(check: SelfCheck): {
  readonly validity: Validity;
  readonly reasons: readonly string[];
  /** Invalid for nothing but seconds in which others used the machine. */
  readonly disturbed?: true;
} {
  const invalid: string[] = [];
  const suspect: string[] = [];
  if (check.problem !== undefined) invalid.push(check.problem);
  const { interrupted } = check;
  if (interrupted && interrupted.measuredS < 1) invalid.push('it was interrupted before anything was measured');
  else if (interrupted) {
    suspect.push(
      `it was interrupted after ${Math.round(interrupted.measuredS)} of ${Math.round(interrupted.wantedS)} s`,
    );
  }
  const bad = check.seconds.filter((broke) => broke.length > 0);
  const tooMany = bad.length > limits.badSeconds * check.seconds.length;
  const others = tooMany && invalid.length === 0 && bad.every((broke) => broke.some(isOthers));
  if (tooMany) {
    for (const [what, times] of counted(bad.flat())) {
      invalid.push(`in ${times} of ${check.seconds.length} s ${what}`);
    }
  }
  const { ceilingPerS, askedPerS } = check;
  const tooMuch = ceilingPerS !== undefined && askedPerS > limits.ofCeiling * ceilingPerS;
  if (tooMuch) {
    const most = Math.floor(limits.ofCeiling * ceilingPerS);
    invalid.push(
      `${Math.round(askedPerS)} deliveries/s were asked for, and this generator vouches for ${most} (70 % of its ceiling)`,
    );
  }
  if (canaryDiffers(check)) {
    suspect.push(
      `loaded streams had p99 ${ms(check.loadedP99Us)}, ten streams on a thread of their own ${ms(check.canaryP99Us)}: the generator may have added it`,
    );
  }
  const { publishing } = check;
  if (publishing && publishing.mostUnderWay > publishing.connections) {
    suspect.push(
      `up to ${publishing.mostUnderWay} publishes were under way, and the generator has ${publishing.connections} connections for them: the others waited, and their order is not told`,
    );
  }
  if (!check.pressureKnown) suspect.push('this kernel does not tell whether tasks waited for a CPU');
  if (!check.sameClock) suspect.push('the server is in another time namespace');
  const validity = invalid.length > 0 ? 'invalid' : suspect.length > 0 ? 'suspect' : 'valid';
  return { validity, reasons: [...invalid, ...suspect], ...(others && !tooMuch ? { disturbed: true } : {}) };
}

/** Whether loaded streams were later than the canary's by more than 1 ms and 10 %, and not by chance where that is known. */
export function canaryDiffers({
  loadedP99Us,
  canaryP99Us,
  laterByUs = Number.POSITIVE_INFINITY,
}: Pick<SelfCheck, 'loadedP99Us' | 'canaryP99Us' | 'laterByUs'>): boolean {
  if (loadedP99Us === null || canaryP99Us === null) return false;
  return Math.min(laterByUs, loadedP99Us - canaryP99Us) > Math.max(limits.canaryUs, 0.1 * canaryP99Us);
}

function counted(words: readonly string[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const word of words) times.set(word, (times.get(word) ?? 0) + 1);
  return times;
}

function ms(us: number | null): string {
  return us === null ? 'none' : `${(us / 1000).toFixed(1)} ms`;
}
