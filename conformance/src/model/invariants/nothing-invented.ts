import { type Invariant, streamInWords } from '../history.ts';

/** No stream carries an event that was never published. */
export const nothingInvented: Invariant = ({ streams, newest }) => {
  for (const [index, stream] of streams.entries()) {
    const invented = stream.received.find((number) => !(number >= 1 && number <= newest));
    if (invented === undefined) continue;
    const message = `${streamInWords(stream)} got event ${invented}, and ${newest} were published`;
    return { invariant: 'nothing-invented', message, stream: index };
  }
  return undefined;
};
