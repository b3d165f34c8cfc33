import { codeCompletion } from '../arrivals/gated.ts';
import { recordedSurge, serviceDay } from '../arrivals/shaping.ts';
import type { RecordModel } from '../records/usage-records.ts';
import type { Profile } from './profile.ts';

const source =
  'arrivals and sizes fitted to AzureLLMInferenceTrace_code.csv, Azure Public Dataset, Microsoft, CC BY 4.0 (Patel et al., Splitwise, ISCA 2024)';

/** Sizes as in the code-completion trace; users by ServeGen's tables; a burst is mostly one user's. */
const teamRecords: RecordModel = {
  users: 200,
  userExponent: 1.16,
  models: [
    { name: 'swift-1', creditMultiplier: 1 },
    { name: 'swift-1-mini', creditMultiplier: 0.3 },
    { name: 'atlas-2', creditMultiplier: 4 },
    { name: 'atlas-2-reasoning', creditMultiplier: 10 },
  ],
  modelExponent: 1.16,
  session: { chance: 0.8, silenceS: 2, meanS: 9 },
  sizes: {
    context: { law: 'gamma', shape: 0.93, scale: 2201, most: 7437 },
    generated: {
      law: 'lognormal',
      mu: 2.182,
      sigma: 1.267,
      least: 5,
      most: 2000,
      tail: { from: 90, index: 1.75, chance: 0.05 },
    },
  },
  generatedWeight: 4,
  tokensPerCredit: 1000,
};

/** Programs call at all hours, many at once; each has a rate that wanders, and none ever stops for all. */
const steadyApi: Profile = {
  name: 'steady-api',
  description: 'Programs call around the clock: no silence, a rate that wanders within a factor of two over minutes.',
  arrivals: {
    process: 'gated',
    stepS: 0.1,
    count: { mean: 1, size: 8 },
    wander: [
      { share: 0.88, timeS: 0 },
      { share: 0.06, timeS: 5 },
      { share: 0.06, timeS: 120 },
    ],
  },
  day: { ...serviceDay, whole: { share: 0.12, peakHour: 19 }, half: { share: 0.04, peakHour: 0.1 } },
  records: { ...teamRecords, users: 40, session: { chance: 0.3, silenceS: 2, meanS: 30 } },
  source,
};

const office: Profile = {
  name: 'office',
  description: 'A team at work: bursts of seconds, silences of up to minutes, busy by day and idle at the weekend.',
  arrivals: { process: 'gated', ...codeCompletion },
  day: { ...serviceDay, weekend: 0.6 },
  records: teamRecords,
  source,
};

/** The profiles that have a name, from little traffic to much. */
export const namedProfiles: readonly Profile[] = [
  {
    ...office,
    name: 'quiet',
    description: 'One or two people: a few bursts an hour between long silences.',
    arrivals: {
      process: 'gated',
      ...codeCompletion,
      gate: { on: { shape: 0.95, scaleS: 6 }, leastOffS: 5, off: { shape: 0.7, scaleS: 150 } },
      count: { mean: 0.5, size: 1.31 },
    },
    records: { ...teamRecords, users: 2 },
  },
  office,
  steadyApi,
  {
    ...office,
    name: 'launch-day',
    description: 'Four teams, and after ten minutes a crowd that comes within two, stays for five and fades away.',
    scale: [{ by: 'copies', factor: 4 }],
    incidents: [{ kind: 'flash-crowd', atS: 600, peakPerS: 15, riseS: 120, holdS: 300, fallS: 600 }],
    records: { ...teamRecords, users: 5000 },
  },
  {
    ...office,
    name: 'incident',
    description: 'A surge, then two minutes in which nothing gets through, then everybody at once, three times each.',
    incidents: [
      { kind: 'surge', atS: 850, perSecond: recordedSurge },
      { kind: 'outage', atS: 1800, lengthS: 120, retries: 3, drainS: 20 },
    ],
  },
];
