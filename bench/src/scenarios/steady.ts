import { rampOf, type Scenario, steadyLoad } from './scenario.ts';

export const steady: Scenario = {
  name: 'steady',
  meaning: 'Streams, topics and rate stay as they are.',
  publishes: true,
  streams: rampOf,
  schedule: steadyLoad,
};
