import { emptyHistogram, recordOf } from '../histogram/histogram.ts';
import type { HistogramRecord } from '../results/bench-result.ts';
import { type ClosedLoop, type ClosedLoopRun, runAutocannon, wasBusy } from './autocannon.ts';

export interface SaturationOptions extends Pick<ClosedLoop, 'request' | 'connections' | 'signal'> {
  readonly durationMs: number;
}

/** How many publishes a server takes when each connection sends the next one as soon as the last is answered. */
export interface Saturation extends ClosedLoopRun {
  /** Answered with 2xx, a second; null where nothing can be said. */
  readonly publishesPerS: number | null;
  /** Autocannon was busy all the time: the server may take more. */
  readonly generatorLimited: boolean;
  /** Of answers with 2xx, us from the request: a closed loop sends less while a server is slow, so this is no latency under load. */
  readonly answers: HistogramRecord;
}

/** No answer for so long is none. */
const timeoutMs = 10_000;

/** Saturates the publish endpoint in a closed loop. @throws SettingError where autocannon cannot */
export async function saturatePublish({ durationMs, ...load }: SaturationOptions): Promise<Saturation> {
  const answers = emptyHistogram();
  const run = await runAutocannon({
    ...load,
    until: { durationMs },
    timeoutMs,
    answered: (_, status, us) => {
      if (isSuccess(status)) answers.recordValue(Math.max(1, Math.round(us)));
    },
  });
  const { totalCount } = answers;
  return {
    ...run,
    publishesPerS: run.doubts.length > 0 || totalCount === 0 ? null : totalCount / run.seconds,
    generatorLimited: wasBusy(run),
    answers: recordOf(answers),
  };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
