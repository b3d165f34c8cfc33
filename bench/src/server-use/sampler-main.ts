// A thread that looks at the machine at each whole second of a trial.
import { parentPort, workerData } from 'node:worker_threads';
import { everySecond } from '../engine/clock-us.ts';
import { machineSample } from './machine-sample.ts';
import type { SamplerData, SamplerTold } from './sampler.ts';

const { originUs, generatorPids, ...begin } = workerData as SamplerData;
let { serverPid } = begin;
parentPort?.on('message', (pid: number | undefined) => {
  serverPid = pid;
});

everySecond(originUs, (second) => {
  const sample = machineSample(serverPid, generatorPids);
  parentPort?.postMessage({ second, sample } satisfies SamplerTold);
});
