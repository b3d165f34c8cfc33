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
 * The offset over a whole run, as crystals drift: the fastest probe of each stretch, straight lines between them, and
 * level before the first and behind the last.
 * @param stretchUs length of a stretch. Default 10 s
 * @returns the offset at a moment of our clock
 */
export function clockCourse(probes: readonly ClockProbe[], stretchUs = 10e6): (atUs: number) => ClockOffset {
  const sorted = probes.toSorted((a, b) => a.sentUs - b.sentUs);
  const startUs = sorted[0]?.sentUs ?? 0;
  const stretches = [...Map.groupBy(sorted, ({ sentUs }) => Math.floor((sentUs - startUs) / stretchUs)).values()];
  const knots = stretches.map((here) => {
    const middleUs = here.reduce((sum, { sentUs }) => sum + sentUs, 0) / here.length;
    return { atUs: middleUs, ...clockOffset(here) };
  });
  const [first, last] = [knots[0], knots.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('no probe of the clock was answered');
  return (atUs) => {
    const next = knots.findIndex((knot) => knot.atUs > atUs);
    if (next === 0) return first;
    if (next < 0) return last;
    const [a, b] = [knots[next - 1] as typeof first, knots[next] as typeof first];
    const share = (atUs - a.atUs) / (b.atUs - a.atUs);
    return {
      offsetUs: a.offsetUs + share * (b.offsetUs - a.offsetUs),
      boundUs: Math.max(a.boundUs, b.boundUs),
    };
  };
}

function roundTrip({ sentUs, thereReceivedUs, thereSentUs, receivedUs }: ClockProbe): number {
  return receivedUs - sentUs - (thereSentUs - thereReceivedUs);
}
