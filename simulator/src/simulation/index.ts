export type { Accuse, Checker, Observed, ObservedClient, ObservedServer } from '../checkers/checker.ts';
export { type Checkers, checkers } from '../checkers/index.ts';
export type { StreamRecord } from '../world/stream-record.ts';
export { drawScenario } from './draw-scenario.ts';
export { type Outcome, type RunCounts, wordsOf } from './outcome.ts';
export type { Fault, Publication, Scenario, SimulatedClient } from './scenario.ts';
export { asTest, type ShrinkOptions, type Shrunk, shrink } from './shrink.ts';
export { type SimulateOptions, simulate } from './simulate.ts';
