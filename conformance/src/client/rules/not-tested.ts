import type { ClientArea } from '../client-rule.ts';

/** Rules of the catalogue that the suite does not judge yet, and why. */
export interface ClientNotTested {
  /** The catalogue's short names. */
  readonly codes: readonly string[];
  readonly area: ClientArea;
  /** The end of a sentence that begins "not judged yet: they". */
  readonly reason: string;
}

/** What is left out of the client rules. */
export const clientNotTested: readonly ClientNotTested[] = [
  {
    area: 'http',
    codes: codes(
      'CH-01 CH-02 CH-03 CH-04 CH-05 CH-06 CH-07 CH-08 CH-09 CH-10 CH-11 CH-12 CH-13 CH-14 CH-15 CH-16 CH-17 CH-18 CH-19 CH-20 CH-21 CH-22 CH-23 CH-24 CH-25 CH-26 CH-27 CH-28 CH-29 CH-30 CH-31 CH-32 CH-33 CH-34 CH-35 CH-36 CH-37 CH-38 CH-39 CH-40 CH-41 CH-42 CH-43 CH-44 CH-45 CH-46 CH-47 CH-48 CH-49 CH-50 CH-51 CH-52 CH-53 CH-54 CH-55 CH-56',
    ),
    reason: 'are about requests and responses',
  },
  {
    area: 'reconnect',
    codes: codes(
      'CR-01 CR-02 CR-03 CR-04 CR-05 CR-06 CR-07 CR-08 CR-09 CR-10 CR-11 CR-12 CR-13 CR-14 CR-15 CR-16 CR-17 CR-18 CR-19 CR-20 CR-21 CR-22 CR-23 CR-24 CR-25 CR-26 CR-27 CR-28 CR-29 CR-30 CR-31 CR-32 CR-33 CR-34 CR-35 CR-36 CR-37 CR-38 CR-39 CR-40 CR-41 CR-42 CR-43 CR-44 CR-45 CR-46 CR-47 CR-48',
    ),
    reason: 'are about reconnection',
  },
  {
    area: 'lifecycle',
    codes: codes(
      'CL-01 CL-02 CL-03 CL-04 CL-05 CL-06 CL-07 CL-08 CL-09 CL-10 CL-11 CL-12 CL-13 CL-14 CL-15 CL-16 CL-17 CL-18 CL-19 CL-20 CL-21 CL-22 CL-23 CL-24 CL-25 CL-26 CL-27 CL-28 CL-29 CL-30 CL-31 CL-32 CL-33 CL-34 CL-35 CL-36 CL-37 CL-38 CL-39 CL-40',
    ),
    reason: 'are about the object and its states',
  },
  {
    area: 'limits',
    codes: codes(
      'CS-01 CS-02 CS-03 CS-04 CS-05 CS-06 CS-07 CS-08 CS-09 CS-10 CS-11 CS-12 CS-13 CS-14 CS-15 CS-16 CS-17 CS-18 CS-19 CS-20 CS-21 CS-22 CS-23 CS-24 CS-25 CS-26 CS-27',
    ),
    reason: 'are about sizes and long times',
  },
];

function codes(words: string): string[] {
  return words.split(' ');
}
