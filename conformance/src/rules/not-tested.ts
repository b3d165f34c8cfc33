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
    code: 'SR-03',
    area: 'reconnect',
    title: 'The seam between replay and live has no hole and no overlap',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SR-04',
    area: 'reconnect',
    title: 'A first connection starts where the server says',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SR-05',
    area: 'reconnect',
    title: 'Last-Event-ID matches without case; an empty one means none',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SR-06',
    area: 'reconnect',
    title: 'An unknown or expired id gets a decided answer',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SR-07',
    area: 'reconnect',
    title: 'A client can tell that history no longer reaches back',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SR-09',
    area: 'reconnect',
    title: 'An id is the same for every client and in replay',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SR-10',
    area: 'reconnect',
    title: 'Any id on the wire is a valid resume point',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SR-11',
    area: 'reconnect',
    title: 'Ids survive the trip through a header',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SR-12',
    area: 'reconnect',
    title: 'Rotation by the server loses nothing',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SR-13',
    area: 'reconnect',
    title: 'Repeated resumes make progress',
    reason: 'shows only over many commands and streams together, in a model-based run',
  },
  {
    code: 'SX-07',
    area: 'security',
    title: 'A revoked credential ends the stream',
    reason: 'needs two principals and a way to revoke a credential',
  },
  {
    code: 'SX-08',
    area: 'security',
    title: "No client gets another principal's events",
    reason: 'needs two principals and a way to revoke a credential',
  },
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
