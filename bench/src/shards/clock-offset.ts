/** Four stamps of one exchange, µs: sent and received here by our clock, received and sent there by the other's. */
export interface ClockProbe {
  readonly sentUs: number;
  readonly thereReceivedUs: number;
  readonly thereSentUs: number;
  readonly receivedUs: number;
}

/** How far the coordinator's clock is ahead of ours, at a moment of ours. */
export interface ClockOffset {
  readonly offsetUs: number;
  /** The truth lies within this much of it: half of the fastest round trip. */
  readonly boundUs: number;
}

/** Probes of one stretch of time, of which the fastest counts: what waited least in queues tells most. */
export function clockOffset(probes: readonly ClockProbe[]): ClockOffset {
  const [first, ...rest] = probes;
  if (first === undefined) throw new RangeError('no probe of the clock was answered');
  const best = rest.reduce((fastest, probe) => (roundTrip(probe) < roundTrip(fastest) ? probe : fastest), first);
  const { sentUs, thereReceivedUs, thereSentUs, receivedUs } = best;
  return {
    offsetUs: (thereReceivedUs - sentUs + (thereSentUs - receivedUs)) / 2,
    boundUs: Math.max(0, roundTrip(best)) / 2,
  };
}

/**
 * An offset that a whole run keeps to, with a bound that also covers how far the clocks came apart meanwhile. One that may
 * be none is none: so processes of one machine, which read the same clock, agree to the microsecond.
 * @param measured at least at the begin and at the end
 */
export function keptOffset(begin: ClockOffset, measured: readonly ClockOffset[]): ClockOffset {
  const offsetUs = Math.abs(begin.offsetUs) <= begin.boundUs ? 0 : begin.offsetUs;
  const off = [begin, ...measured].map((one) => Math.abs(one.offsetUs - offsetUs) + one.boundUs);
  return { offsetUs, boundUs: Math.max(...off) };
}

function roundTrip({ sentUs, thereReceivedUs, thereSentUs, receivedUs }: ClockProbe): number {
  return receivedUs - sentUs - (thereSentUs - thereReceivedUs);
}
