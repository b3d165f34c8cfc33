import type { Defect } from '../judge-defect.ts';
import { plus, withField } from './stream-fields.ts';

export const cachingDefects: readonly Defect[] = [
  {
    name: 'lets caches keep the stream for a minute',
    behaviour: { streamFields: withField('Cache-Control', () => 'public, max-age=60') },
    breaks: 'http/not-cacheable',
    alsoBreaks: ['http/intermediary-directives'],
  },
  {
    name: 'lets the stream expire in another century',
    behaviour: {
      streamFields: (fields) =>
        withField('Cache-Control', () => undefined)([...fields, ['Expires', 'Fri, 01 Jan 2100 00:00:00 GMT']]),
    },
    breaks: 'http/not-cacheable',
    alsoBreaks: ['http/intermediary-directives'],
  },
  {
    name: 'says no-cache and nothing else',
    behaviour: { streamFields: withField('Cache-Control', () => 'no-cache') },
    breaks: 'http/intermediary-directives',
  },
  {
    name: 'lets nginx gather events',
    behaviour: { streamFields: withField('X-Accel-Buffering', () => undefined) },
    breaks: 'http/intermediary-directives',
  },
  {
    name: 'misspells Expires',
    behaviour: { streamFields: plus(['Expire', '0']) },
    breaks: 'http/intermediary-directives',
  },
];
