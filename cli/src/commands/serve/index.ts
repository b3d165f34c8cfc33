import { once } from 'node:events';
import { systemClock } from '@ssert/protocol/system';
import { type ReferenceServer, startReferenceServer } from '@ssert/server';
import type { Chaos } from '@ssert/simulator';
import type { Command } from '../../command.ts';
import type { FlagTable, GivenFlags } from '../../flags.ts';
import { abortOnSignal } from '../../interrupt.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import { networkFlags, presetFrom, startNetwork } from './bad-network.ts';
import { dashboardPage } from './dashboard-page.ts';
import { greeting } from './greeting.ts';
import { defaultPort, serverFlags, serverOptions, tokenGiven, understood } from './server-flags.ts';
import { feed, publishPast, trafficFlags, trafficFrom } from './traffic.ts';

export const serveCommand: Command = {
  name: 'serve',
  usage: 'serve [flags]',
  summary:
    'Starts the reference server, which keeps every rule, with a dashboard at its root. Ctrl-C ends every stream cleanly and then the server.',
  flags: { ...trafficFlags, ...networkFlags, ...serverFlags },
  examples: [
    ['ssert serve', `on http://127.0.0.1:${defaultPort}`],
    ['ssert serve --profile office', 'with made-up usage, live on the dashboard'],
    ['ssert serve --profile launch-day --speed 10 --chaos mobile', 'ten times as fast, seen through a bad network'],
    ['ssert serve --port 0 --events --heartbeat 5s', 'a free port, and a channel that takes any event'],
  ],
  exitCodes: [
    [0, 'ended by Ctrl-C or SIGTERM'],
    [2, 'wrong usage, a port that is taken included'],
    [4, 'the server broke'],
  ],
  run: serve,
};

async function serve(given: GivenFlags<FlagTable>, terminal: Terminal): Promise<number> {
  const [surplus] = given.positionals;
  if (surplus !== undefined) throw new UsageError(`ssert serve takes no argument; leave ${surplus} away`);
  const traffic = await trafficFrom(given);
  const preset = presetFrom(given);
  const page = await dashboardPage();
  const server = await start(given, page);
  const interrupt = abortOnSignal(systemClock, () => undefined);
  const { signal } = interrupt;
  let network: Chaos | undefined;
  try {
    network = preset && (await startNetwork(preset, server));
    // A store that outlives the server has a past of its own.
    const isNew = ['memory', undefined].includes(given.text('store'));
    const firstId = traffic && isNew ? await publishPast(server, traffic, systemClock) : undefined;
    terminal.print(
      greeting({
        url: server.url,
        network: network && preset && { url: network.url, preset },
        traffic,
        hasDashboard: page !== undefined,
        events: given.has('events'),
        needsToken: tokenGiven(given) !== undefined,
      }),
    );
    await Promise.all([ended(signal), traffic && feed(server, traffic, { clock: systemClock, signal, firstId })]);
    return 0;
  } finally {
    interrupt.release();
    await network?.close();
    await server.close();
  }
}

async function start(given: GivenFlags<FlagTable>, page: string | undefined): Promise<ReferenceServer> {
  const options = { ...serverOptions(given), page };
  try {
    return await startReferenceServer(options);
  } catch (error) {
    throw understood(error, given, options);
  }
}

async function ended(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
