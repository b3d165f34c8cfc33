import { EventEmitter } from 'node:events';
import { type ClientAdapter, type ClientReport, defineClient } from '../../src/client/index.ts';
import { literally } from '../literal-behaviour.ts';
import { literalClient } from '../literal-client.ts';

/** Tells all by an EventEmitter, which throws an `error` that nobody listens for. */
const adapter: ClientAdapter = defineClient({
  capabilities: [...literally.capabilities, 'without-error-listener'],
  open: (options, report) => {
    const emitter = new EventEmitter();
    for (const kind of ['open', 'event', 'comment']) emitter.on(kind, report);
    if (!options.withoutErrorListener) emitter.on('error', report);
    // Out of the client's reach, which would else take the blame from it.
    return literalClient().open(options, (one: ClientReport) => void setImmediate(() => emitter.emit(one.kind, one)));
  },
});
export default adapter;
