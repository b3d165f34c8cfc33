import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ChannelCounts, Hub } from '../hub.ts';
import type { LeaveReason } from '../subscriber.ts';

/** From a stream that fails at once to one that stays for days. */
const streamSeconds = [0.1, 1, 10, 60, 300, 1800, 3600, 21_600, 86_400];
const publishSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/**
 * What `GET /metrics` answers, in the text format of Prometheus. Counts are read from the hub when it asks, so that they
 * cost nothing where events are delivered. Nothing here has a timer or an observer that would have to be let go.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #ends: Counter<'channel' | 'reason'>;
  readonly #streamDuration: Histogram<'channel'>;
  readonly #publishDuration: Histogram<'channel'>;

  constructor(hub: Pick<Hub, 'channelCounts' | 'health'>) {
    const registers = [this.#registry];
    const perChannel = { registers, labelNames: ['channel'] as const };
    new Gauge({
      ...perChannel,
      name: 'ssert_streams_open',
      help: 'Streams that are open.',
      collect() {
        for (const { channel, openStreams } of hub.channelCounts) this.set({ channel }, openStreams);
      },
    });
    const counted: readonly [string, string, (counts: ChannelCounts) => number][] = [
      ['published_events', 'Events published here.', ({ publishedEvents }) => publishedEvents],
      ['sent_events', 'Events sent, one for each event and stream.', ({ sentEvents }) => sentEvents],
      ['dropped_events', 'Events that a slow stream did not get, likewise.', ({ droppedEvents }) => droppedEvents],
    ];
    for (const [name, help, countOf] of counted) {
      new Counter({
        ...perChannel,
        name: `ssert_${name}_total`,
        help,
        collect() {
          this.reset();
          for (const counts of hub.channelCounts) this.inc({ channel: counts.channel }, countOf(counts));
        },
      });
    }
    new Counter({
      registers,
      name: 'ssert_errors_total',
      help: 'Requests that the server failed, and streams that a connection error ended.',
      collect() {
        this.reset();
        this.inc(hub.health.errorCount);
      },
    });
    new Gauge({
      registers,
      name: 'ssert_healthy',
      help: 'Whether all is well: 1, or 0 while the server is degraded or stopping.',
      collect() {
        this.set(hub.health.status === 'ok' ? 1 : 0);
      },
    });
    this.#ends = new Counter({
      registers,
      labelNames: ['channel', 'reason'] as const,
      name: 'ssert_streams_ended_total',
      help: 'Streams that ended, by reason.',
    });
    this.#streamDuration = new Histogram({
      ...perChannel,
      name: 'ssert_stream_duration_seconds',
      help: 'How long streams stayed open.',
      buckets: streamSeconds,
    });
    this.#publishDuration = new Histogram({
      ...perChannel,
      name: 'ssert_publish_duration_seconds',
      help: 'Time from a publication to its acknowledgement.',
      buckets: publishSeconds,
    });
    addProcessMetrics(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  countEnd(channel: string, reason: LeaveReason, durationMs: number): void {
    this.#ends.inc({ channel, reason });
    this.#streamDuration.observe({ channel }, durationMs / 1000);
  }

  countPublish(channel: string, durationMs: number): void {
    this.#publishDuration.observe({ channel }, durationMs / 1000);
  }
}

/** Under the names that prom-client gives them; its own set has an observer and a timer that nobody can stop. */
function addProcessMetrics(registry: Registry): void {
  const registers = [registry];
  new Counter({
    registers,
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time of the process.',
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const memory: readonly [string, string, (usage: NodeJS.MemoryUsage) => number][] = [
    ['process_resident_memory_bytes', 'Resident memory of the process.', ({ rss }) => rss],
    ['nodejs_heap_size_total_bytes', 'Size of the JavaScript heap.', ({ heapTotal }) => heapTotal],
    ['nodejs_heap_size_used_bytes', 'Used part of the JavaScript heap.', ({ heapUsed }) => heapUsed],
    ['nodejs_external_memory_bytes', 'Memory outside the heap that objects in it hold.', ({ external }) => external],
  ];
  for (const [name, help, of] of memory) {
    new Gauge({
      registers,
      name,
      help,
      collect() {
        this.set(of(process.memoryUsage()));
      },
    });
  }
  new Gauge({
    registers,
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since 1970.',
  }).set(Math.round(performance.timeOrigin / 1000));
  let earlier = performance.eventLoopUtilization();
  new Gauge({
    registers,
    name: 'nodejs_eventloop_utilization',
    help: 'Share of the time since the last scrape in which the event loop was busy, from 0 to 1.',
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, earlier).utilization);
      earlier = now;
    },
  });
}
