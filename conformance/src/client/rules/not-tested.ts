import type { ClientArea } from '../client-rule.ts';

/** Rules of the catalogue that the suite does not judge yet, and why. */
export interface ClientNotTested {
  readonly area: ClientArea;
  /** The catalogue's short names. */
  readonly codes: readonly string[];
  /** The end of a sentence that begins "not judged yet: these, which". */
  readonly reason: string;
}

/** What is left out of the client rules, grouped by what it would take. */
export const clientNotTested: readonly ClientNotTested[] = [
  { area: 'http', codes: ['CH-06', 'CH-07'], reason: 'need a URL of their own making: query, fragment, credentials' },
  { area: 'http', codes: ['CH-16'], reason: 'asks the adapter to leave default header fields away' },
  { area: 'http', codes: ['CH-17'], reason: 'needs a stage that compresses' },
  { area: 'http', codes: ['CH-27'], reason: 'lets the client do one of several things after what is not HTTP' },
  { area: 'http', codes: ['CH-30'], reason: 'is read in two ways: an empty Location is the same URL, or none' },
  { area: 'http', codes: ['CH-34', 'CH-38'], reason: 'need a stage on two origins' },
  { area: 'http', codes: ['CH-35', 'CH-56'], reason: 'need a client with the interface of EventSource' },
  { area: 'http', codes: ['CH-39'], reason: 'redirects a POST' },
  { area: 'http', codes: ['CH-51'], reason: 'needs a stage that speaks HTTP/2' },
  { area: 'http', codes: codes('CH', 52, 55), reason: 'need a client that lives in an origin' },
  { area: 'reconnect', codes: ['CR-35', 'CR-36'], reason: 'need a client that declares so much about itself' },
  { area: 'reconnect', codes: ['CR-42', 'CR-48'], reason: 'hold jitter against the range that is declared' },
  {
    area: 'lifecycle',
    codes: ['CL-37'],
    reason:
      'wants no connection from a page in the back/forward cache; the standard lets one stay, and in Chromium it does',
  },
  { area: 'lifecycle', codes: codes('CL', 38, 40), reason: 'are about a proposal that is not in the standard' },
];

function codes(area: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, at) => `${area}-${String(first + at).padStart(2, '0')}`);
}
