import type { OpenClient } from '../src/client/index.ts';
import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-behaviour.ts';
import { literalClient } from './literal-client.ts';

/** A loop over the events of the literal client, and what is wrong with it. */
const iterating = (endsBy?: Error): Partial<ClientBehaviour> => ({
  capabilities: [...literally.capabilities, 'async-iterator'],
  exposes: {
    iterate: (url) => {
      const queue: string[] = [];
      let isClosed = false;
      let wake: () => void = () => undefined;
      const stream = literalClient().open({ url, types: [] }, (report) => {
        if (report.kind === 'event') queue.push(report.data);
        wake();
      }) as OpenClient;
      return {
        async *[Symbol.asyncIterator]() {
          while (!isClosed) {
            for (let data = queue.shift(); data !== undefined; data = queue.shift()) yield { data };
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          if (endsBy) throw endsBy;
        },
        close: () => {
          isClosed = true;
          stream.close();
          wake();
        },
      };
    },
  },
});

/** A literal client that is told to connect. */
const connecting = (minds: boolean): Partial<ClientBehaviour> => ({
  capabilities: [...literally.capabilities, 'connect-method'],
  exposes: {
    connect: (url, tell) => {
      let stream: OpenClient | undefined;
      return {
        connect: () => {
          if (minds && stream) return;
          stream = literalClient().open({ url, types: [] }, (report) => {
            if (report.kind === 'event') tell(report.data);
          }) as OpenClient;
        },
        close: () => {
          stream?.close();
          stream = undefined;
        },
      };
    },
  },
});

export const iterationCapabilities: ClientBehaviour['capabilities'] = ['async-iterator', 'connect-method'];

/** The right ways. */
export const iterations: ClientBehaviour['exposes'] = { ...iterating().exposes, ...connecting(true).exposes };

export const iterationDefects: readonly ClientDefect[] = [
  {
    name: 'ends a loop by an error when it is closed',
    behaviour: iterating(new Error('closed')),
    breaks: 'lifecycle/iteration-ends-with-close',
  },
  {
    name: 'connects as often as it is told to',
    behaviour: connecting(false),
    breaks: 'lifecycle/connect-is-idempotent',
  },
];
