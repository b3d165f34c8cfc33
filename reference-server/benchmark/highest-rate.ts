/** Factor between the first probes, until one is kept and one is not. */
const stride = 1.3;
/** The answer is close enough when the bracket is narrower than this. */
const closeEnough = 1.06;

/**
 * The highest rate found that is kept. Strides up or down from the first guess until it has a rate that is kept below
 * one that is not, then halves the bracket.
 * @returns 0 when no probed rate was kept
 */
export async function highestRate(
  firstGuess: number,
  mostProbes: number,
  isKept: (rate: number) => Promise<boolean>,
): Promise<number> {
  let kept = 0;
  let tooHigh = Number.POSITIVE_INFINITY;
  let rate = firstGuess;
  for (let probe = 0; probe < mostProbes && tooHigh / kept > closeEnough; probe += 1) {
    if (await isKept(rate)) kept = rate;
    else tooHigh = rate;
    if (kept === 0) rate = tooHigh / stride;
    else if (tooHigh === Number.POSITIVE_INFINITY) rate = kept * stride;
    else rate = Math.sqrt(kept * tooHigh);
  }
  return kept;
}
