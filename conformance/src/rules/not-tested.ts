import type { Area } from '../rule.ts';

/** A rule of the catalogue that the suite does not judge yet, and why. */
export interface NotTested {
  /** The catalogue's short name. */
  readonly code: string;
  readonly area: Area;
  readonly title: string;
  /** The end of a sentence that begins "not judged yet: it". */
  readonly reason: string;
}

/** What is left out of the server rules, grouped by what it would take. */
export const notTested: readonly NotTested[] = [
  {
    code: 'SL-01',
    area: 'finite',
    title: 'It streams',
    reason: 'is about streams that end by themselves, as language models send them',
  },
  {
    code: 'SL-02',
    area: 'finite',
    title: 'The terminal marker comes once, at the end',
    reason: 'is about streams that end by themselves, as language models send them',
  },
  {
    code: 'SL-03',
    area: 'finite',
    title: 'A failure in mid-stream can be told from success',
    reason: 'is about streams that end by themselves, as language models send them',
  },
  {
    code: 'SL-04',
    area: 'finite',
    title: 'An abort stops the work behind the stream',
    reason: 'is about streams that end by themselves, as language models send them',
  },
  {
    code: 'SL-05',
    area: 'finite',
    title: 'Silence while a model thinks is bridged',
    reason: 'is about streams that end by themselves, as language models send them',
  },
  {
    code: 'SL-06',
    area: 'finite',
    title: 'Each payload is one whole JSON value',
    reason: 'is about streams that end by themselves, as language models send them',
  },
  {
    code: 'SL-07',
    area: 'finite',
    title: 'Two streams at once get each their own tokens',
    reason: 'is about streams that end by themselves, as language models send them',
  },
  {
    code: 'SL-08',
    area: 'finite',
    title: 'An interrupted POST stream can be resumed',
    reason: 'is about streams that end by themselves, as language models send them',
  },
  {
    code: 'SL-09',
    area: 'finite',
    title: 'A finite GET stream does not start again on reconnection',
    reason: 'is about streams that end by themselves, as language models send them',
  },
];
