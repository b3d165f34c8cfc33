import { nothingPublished, rampOf, type Scenario } from './scenario.ts';

export const storm: Scenario = {
  name: 'storm',
  meaning: 'Clients connect at their times, however long the server takes; nothing is published, and they are held.',
  publishes: false,
  streams: rampOf,
  schedule: () => nothingPublished,
};
