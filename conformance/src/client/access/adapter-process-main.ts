import { argv } from 'node:process';
import type { ClientAdapter } from '../adapter.ts';
import { ClientHost, type HostCommand, type HostMessage, interventionMessage } from '../hosting.ts';
import type { LeaveCommand, ProcessMessage } from './process-subject.ts';

const send = (message: ProcessMessage): void => void process.send?.(message);

/** Messages of one turn go together: a burst of events would else be a burst of messages. */
let batch: HostMessage[] = [];
function tell(message: HostMessage): void {
  if (batch.push(message) > 1) return;
  setImmediate(() => {
    send({ tell: 'batch', messages: batch });
    batch = [];
  });
}

function host(adapter: ClientAdapter): void {
  const client = new ClientHost(adapter, tell);
  process.on('message', (command: HostCommand | LeaveCommand) => {
    if (command.do === 'leave') process.channel?.unref();
    else client.take(command);
  });
  process.on('disconnect', () => process.exit());
  process.on('uncaughtException', (error: Error) => {
    if (error?.message === interventionMessage) return;
    process.stderr.write(`${error?.stack ?? String(error)}\n`, () => process.exit(1));
  });
  send({
    tell: 'ready',
    capabilities: adapter.capabilities ?? [],
    ...(adapter.name === undefined ? {} : { name: adapter.name }),
  });
}

try {
  const { default: adapter } = (await import(argv[2] ?? '')) as { default?: Partial<ClientAdapter> };
  if (typeof adapter?.open === 'function') host(adapter as ClientAdapter);
  else send({ tell: 'no-adapter' });
} catch (error) {
  send({ tell: 'unusable', message: error instanceof Error ? error.message : String(error) });
}
