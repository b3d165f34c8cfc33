import { EventStream, json } from '@ssert/client';
import { EventSource } from 'eventsource';
import { createEventSource } from 'eventsource-client';

/** What a contender reports for each event. */
export type Report = (data: unknown, type: string, lastEventId: string | undefined) => void;

/** What is read: the events of one type. */
export interface Reading {
  readonly type: string;
  /** Whether data is JSON to be parsed; else it stays the text that it is. */
  readonly parsed: boolean;
  readonly fetch: () => Promise<Response>;
  readonly report: Report;
}

/** A way to read a stream; gives what closes it. */
type Open = (reading: Reading) => () => void;

/** Ours beside another client, both read in the same way. */
export interface Pair {
  readonly name: string;
  readonly ours: Open;
  readonly theirs: Open;
}

const url = 'http://server.test/stream';

function openOurs(
  { type, parsed, fetch }: Reading,
  onEvent?: (event: { data: unknown; type: string; lastEventId: string }) => void,
) {
  return new EventStream<Record<string, unknown>>(url, {
    fetch,
    ...(parsed && { decode: { [type]: json } }),
    ...(onEvent && { onEvent }),
  });
}

export const pairs: readonly Pair[] = [
  {
    name: 'eventsource, listeners',
    ours: (reading) => {
      const stream = openOurs(reading);
      stream.addEventListener(reading.type, (event) => {
        if ('lastEventId' in event) reading.report(event.data, event.type, event.lastEventId);
      });
      return () => stream.close();
    },
    theirs: ({ type, parsed, fetch, report }) => {
      const source = new EventSource(url, { fetch });
      source.addEventListener(type, ({ data, type: of, lastEventId }) => {
        report(parsed ? JSON.parse(data) : data, of, lastEventId);
      });
      return () => source.close();
    },
  },
  {
    name: 'eventsource-client, callbacks',
    ours: (reading) => {
      const { type, report } = reading;
      const stream = openOurs(reading, (event) => {
        if (event.type === type) report(event.data, type, event.lastEventId);
      });
      return () => stream.close();
    },
    theirs: ({ type, parsed, fetch, report }) => {
      const source = createEventSource({
        url,
        fetch,
        onMessage: ({ data, event = 'message', id }) => {
          if (event === type) report(parsed ? JSON.parse(data) : data, event, id);
        },
      });
      return () => source.close();
    },
  },
  {
    name: 'eventsource-client, for await',
    ours: (reading) => {
      const { type, report } = reading;
      const stream = openOurs(reading);
      const read = async (): Promise<void> => {
        for await (const event of stream) if (event.type === type) report(event.data, type, event.lastEventId);
      };
      void read();
      return () => stream.close();
    },
    theirs: ({ type, parsed, fetch, report }) => {
      const source = createEventSource({ url, fetch });
      const read = async (): Promise<void> => {
        for await (const { data, event = 'message', id } of source) {
          if (event === type) report(parsed ? JSON.parse(data) : data, event, id);
        }
      };
      void read();
      return () => source.close();
    },
  },
];
