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

async function adapterIn(href: string): Promise<ClientAdapter> {
  const { default: adapter } = (await import(href)) as { default?: Partial<ClientAdapter> };
  if (typeof adapter?.open === 'function') return adapter as ClientAdapter;
  throw new Error('its default export has no function "open"; export default defineClient({ open })');
}

try {
  const adapter = await adapterIn(argv[2] ?? '');
  const host = new ClientHost(adapter, tell);
  process.on('message', (command: HostCommand | LeaveCommand) => {
    if (command.do === 'leave') process.channel?.unref();
    else host.take(command);
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
} catch (error) {
  send({ tell: 'unusable', message: error instanceof Error ? error.message : String(error) });
}
