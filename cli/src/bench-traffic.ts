import { type Burst, burstOf } from '@ssert/bench';
import { readTrace } from '@ssert/simulator';
import { defaultStart, profileFrom } from './commands/simulate/profile-source.ts';
import { textOf } from './named-file.ts';

/**
 * What `--scenario burst` plays: a usage profile, named or in a .json file, or a recorded trace in a .csv file.
 * @param column of the trace that has the times
 * @param bytes of each event of a trace, which tells none
 * @throws UsageError @throws SettingError
 */
export async function trafficFrom(
  nameOrFile: string,
  { column, bytes, seed }: { column: string; bytes: number; seed: number },
): Promise<Burst> {
  if (!nameOrFile.endsWith('.csv')) return burstOf(await profileFrom(nameOrFile), seed, Date.parse(defaultStart));
  const { times } = readTrace(await textOf(nameOrFile), column);
  return { name: nameOrFile, rows: times.map((timeS) => ({ offsetUs: timeS * 1e6, bytes })) };
}
