import { expect, test } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { EventReader } from '../../testing/event-reader.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { health, post, runningServer } from '../../testing/running-server.ts';
import type { ReferenceServer } from '../server.ts';

/** The samples by name and labels. */
async function scrape({ url }: ReferenceServer): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

async function expectSamples(server: ReferenceServer, expected: Readonly<Record<string, number>>): Promise<void> {
  const samples = await scrape(server);
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)]))).toEqual(expected);
}

test('what Prometheus reads has its content type, a help line for each metric, and may not be stored', async () => {
  const { url } = await runningServer();
  const answer = await fetch(`${url}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const lines = (await answer.text()).split('\n');
  const named = (kind: string) => lines.flatMap((line) => new RegExp(`^# ${kind} (\\S+)`).exec(line)?.[1] ?? []);
  expect(named('HELP')).toEqual(named('TYPE'));
  expect(named('HELP')).toContain('ssert_streams_open');
  for (const name of named('TYPE')) expect(name).toMatch(/^(ssert|process|nodejs)_[a-z_]+$/);
});

test('streams, events and their ends are counted for each channel', async () => {
  const clock = new ManualClock();
  // Without heartbeats, which a client that leaves had not read: that is another reason.
  const server = await runningServer({ clock, heartbeatMs: 600_000 });
  const events = await Promise.all(['/events', '/events?x=1'].map((path) => EventReader.open(server.url + path)));
  const usage = await EventReader.open(`${server.url}/usage/stream`);
  for (const data of ['a', 'b', 'c']) await post(`${server.url}/events`, { data });
  await post(`${server.url}/events`, { data: 'x', event: 'error' });
  await Promise.all([...events.map((each) => each.hasEvents(3)), usage.hasEvents(1)]);
  const opened = {
    'ssert_streams_open{channel="events"}': 2,
    'ssert_streams_open{channel="usage"}': 1,
    'ssert_published_events_total{channel="events"}': 3,
    'ssert_published_events_total{channel="usage"}': 0,
    'ssert_sent_events_total{channel="events"}': 6,
    'ssert_sent_events_total{channel="usage"}': 1,
    'ssert_dropped_events_total{channel="events"}': 0,
    'ssert_publish_duration_seconds_count{channel="events"}': 3,
    ssert_errors_total: 0,
    ssert_healthy: 1,
  };
  await expectSamples(server, opened);
  // Once more, as counting again would show.
  await expectSamples(server, opened);
  clock.advance(30_000);
  for (const reader of events) reader.leave();
  await expect.poll(async () => (await health(server)).activeConnections).toBe(1);
  await expectSamples(server, {
    'ssert_streams_open{channel="events"}': 0,
    'ssert_streams_ended_total{channel="events",reason="client left"}': 2,
    'ssert_stream_duration_seconds_sum{channel="events"}': 60,
    'ssert_stream_duration_seconds_bucket{le="10",channel="events"}': 0,
    'ssert_stream_duration_seconds_bucket{le="60",channel="events"}': 2,
  });
  usage.leave();
});

test('events that a slow stream did not get are counted', async () => {
  const server = await runningServer({ queueEvents: 1, replayEvents: 1 });
  const stalled = await RawClient.open(server.port, '/events');
  stalled.socket.pause();
  const data = 'x'.repeat(1024 * 1024 - 100);
  while ((await health(server)).droppedMessages === 0) await post(`${server.url}/events`, { data });
  await expectSamples(server, { 'ssert_dropped_events_total{channel="events"}': 1 });
  stalled.socket.destroy();
});

test('two servers of one process count each by itself, and the process metrics are there for both', async () => {
  const servers = [await runningServer(), await runningServer()] as const;
  await post(`${servers[0].url}/events`, { data: 'x' });
  await expectSamples(servers[0], { 'ssert_published_events_total{channel="events"}': 1 });
  await expectSamples(servers[1], { 'ssert_published_events_total{channel="events"}': 0 });
  for (const server of servers) {
    const samples = await scrape(server);
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds']) {
      expect(samples.get(name)).toBeGreaterThan(0);
    }
    expect(samples.get('nodejs_eventloop_utilization')).toBeLessThanOrEqual(1);
  }
});

test('without the generic channel there is nothing of it', async () => {
  const server = await runningServer({ events: false });
  expect([...(await scrape(server)).keys()].join()).not.toContain('channel="events"');
});
