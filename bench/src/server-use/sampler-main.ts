// A thread that looks at the machine at each whole second of a trial.
import { parentPort, workerData } from 'node:worker_threads';
import { everySecond } from '../engine/clock-us.ts';
import { machineSample } from './machine-sample.ts';
import type { SamplerData, SamplerTold } from './sampler.ts';

const { originUs, generatorPids, serverPid } = workerData as SamplerData;
const pid = new Int32Array(serverPid);

everySecond(originUs, (second) => {
  const server = Atomics.load(pid, 0);
  const sample = machineSample(server === 0 ? undefined : server, generatorPids);
  parentPort?.postMessage({ second, sample } satisfies SamplerTold);
});
