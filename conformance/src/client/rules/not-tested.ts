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
