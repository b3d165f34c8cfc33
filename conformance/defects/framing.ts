import type { Defect } from './judge-defect.ts';
import { encodePlainEvent, linesOf, refusePlainEvent } from './plain-server.ts';

export const framingDefects: readonly Defect[] = [
  {
    name: 'writes data as it comes, line feeds included',
    behaviour: {
      encode: ({ data, ...rest }) =>
        encodePlainEvent({ ...rest, data: '' }).replace('data: \n', `data: ${data.replace(/\r\n?/g, '\n')}\n`),
    },
    breaks: 'framing/newline-in-data',
    alsoBreaks: [
      'framing/carriage-return-in-data',
      'framing/trailing-whitespace-kept',
      'framing/known-fields',
      'delivery/any-text-arrives',
    ],
  },
];
void linesOf;
void refusePlainEvent;
