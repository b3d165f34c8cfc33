import { getLines, getMessages } from '@microsoft/fetch-event-source/lib/cjs/parse.js';
import serverSentStream from '@server-sent-stream/parser';
import { createParser } from '@ssert/protocol';
import * as eventSourceParser from 'eventsource-parser';

/** What a contender reports for each event; an ID or type that the stream does not give may be missing. */
export type Report = (data: string, type: string | undefined, id: string | undefined) => void;

/** A parser under measurement. */
export interface Contender {
  name: string;
  /** Starts a parser for one stream; the result takes its bytes. */
  start: (report: Report) => (chunk: Uint8Array) => void;
}

// Its types describe its CommonJS build; what is imported here is the class itself.
const ServerSentStreamParser = serverSentStream as unknown as typeof serverSentStream.default;

const streaming = { stream: true };

/** Those that take text get one streaming decoder each, as their documents advise. */
function decoding(push: (text: string) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  return (chunk) => push(decoder.decode(chunk, streaming));
}

export const ours: Contender = {
  name: '@ssert/protocol',
  start: (report) => {
    const parser = createParser({ onEvent: ({ data, type, lastEventId }) => report(data, type, lastEventId) });
    return (chunk) => parser.feed(chunk);
  },
};

export const others: readonly Contender[] = [
  {
    name: 'eventsource-parser',
    start: (report) => {
      const parser = eventSourceParser.createParser({ onEvent: ({ data, event, id }) => report(data, event, id) });
      return decoding((text) => parser.feed(text));
    },
  },
  {
    name: '@microsoft/fetch-event-source',
    start: (report) => {
      const ignore = (): void => {};
      return getLines(getMessages(ignore, ignore, ({ data, event, id }) => report(data, event, id)));
    },
  },
  {
    name: '@server-sent-stream/parser',
    start: (report) => {
      const parser = new ServerSentStreamParser(report);
      return decoding((text) => parser.push(text));
    },
  },
];
