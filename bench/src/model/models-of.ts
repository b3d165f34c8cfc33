import type { Random } from '@ssert/protocol';
import type { Models, Trial } from '../results/bench-result.ts';
import { cpuModel, cpuPoints } from './cpu.ts';
import { memoryModel, memoryPoints } from './memory.ts';
import { scalingModel } from './scaling.ts';
import type { ScalingPoint } from './usl-fit.ts';

/**
 * All that a run's trials can be modelled by, and what they cannot.
 * @param scaling capacities measured on different numbers of nodes, processes or cores, where there are such
 */
export function modelsOf(trials: readonly Trial[], scaling: readonly ScalingPoint[], random: Random): Models {
  const usl = scalingModel(scaling, random);
  const memory = memoryModel(memoryPoints(trials));
  const cpu = cpuModel(cpuPoints(trials));
  return {
    ...('refusal' in usl ? {} : { usl }),
    ...('refusal' in memory ? {} : { memory }),
    ...(cpu.model ? { cpu: cpu.model } : {}),
    refusals: [...[usl, memory].flatMap((one) => ('refusal' in one ? one.refusal : [])), ...cpu.refusals],
  };
}
