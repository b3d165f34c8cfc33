/** One mistake in the source of hub, log, stream or client, of the kind that a person makes. */
export interface PlantedDefect {
  /** What is wrong with it, as a user would say. */
  readonly name: string;
  readonly part: 'hub' | 'log' | 'stream' | 'client';
  /** From the root. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

const server = (file: string): string => `reference-server/src/${file}`;
const client = (file: string): string => `client-sdk/src/${file}`;
const protocol = (file: string): string => `protocol/src/${file}`;

const hub: readonly Omit<PlantedDefect, 'part'>[] = [
  {
    name: 'a resumed stream is live while events wait to be handed out',
    file: server('channel.ts'),
    find: 'while (position < this.#history.end || this.#handedOver < this.#history.end) {',
    replace: 'while (position < this.#history.end) {',
  },
  {
    name: 'live events are handed to streams that still take their opening',
    file: server('channel.ts'),
    find: 'if (!subscriber.isOpening) subscriber.deliver(batch);',
    replace: 'subscriber.deliver(batch);',
  },
  {
    name: 'listeners that left stay in the set',
    file: server('channel.ts'),
    find: 'audience.subscribers.delete(left);',
    replace: '',
  },
  { name: 'who leaves is still counted', file: server('channel.ts'), find: 'this.#size -= 1;', replace: '' },
  {
    name: 'nobody is told that events were missed',
    file: server('channel.ts'),
    find: '    yield resetFrame;\n',
    replace: '',
  },
  {
    name: 'the channel forgets how far it has handed out',
    file: server('channel.ts'),
    find: '    this.#handedOver = this.#history.end;\n',
    replace: '',
  },
  {
    name: 'each page of a long replay is the first',
    file: server('channel.ts'),
    find: '        cursor = entry.id;\n        const frame',
    replace: '        const frame',
  },
  {
    name: 'a read of the log that failed is never tried again',
    file: server('channel.ts'),
    find: "read.state = 'failed';",
    replace: '',
  },
  {
    name: 'the queue holds one more',
    file: server('subscriber.ts'),
    find: 'if (this.#queue.length >= queueEvents) {',
    replace: 'if (this.#queue.length > queueEvents) {',
  },
  {
    name: 'drop-oldest drops the newest that waits',
    file: server('subscriber.ts'),
    find: '      this.#drop(0);\n    }\n    this.#queue.push(frame);',
    replace: '      this.#drop(this.#queue.length - 1);\n    }\n    this.#queue.push(frame);',
  },
  {
    name: 'the newest is dropped whatever the policy',
    file: server('subscriber.ts'),
    find: "if (slowPolicy === 'drop-newest') {",
    replace: 'if (slowPolicy !== undefined) {',
  },
  { name: 'drops are not counted', file: server('subscriber.ts'), find: 'this.droppedEvents += 1;', replace: '' },
  {
    name: 'what waits is not sent when the reader goes on',
    file: server('subscriber.ts'),
    find: '    this.#blockedSinceMs = undefined;\n    this.flush();',
    replace: '    this.#blockedSinceMs = undefined;',
  },
  {
    name: 'a reader that goes on still counts as stalled',
    file: server('subscriber.ts'),
    find: '    this.#blockedSinceMs = undefined;\n    this.flush();',
    replace: '    this.flush();',
  },
  {
    name: 'only the first piece of what waits is sent',
    file: server('subscriber.ts'),
    find: 'while (this.#writable && !this.#left) {',
    replace: 'if (this.#writable && !this.#left) {',
  },
  {
    name: 'stalled streams are kept',
    file: server('subscriber.ts'),
    find: "if (nowMs - this.#blockedSinceMs >= stallMs) this.cut('stalled');",
    replace: '',
  },
  {
    name: 'conflation replaces an event of another type',
    file: server('subscriber.ts'),
    find: 'type === frame.type',
    replace: 'type !== frame.type',
  },
  {
    name: 'there is one heartbeat only',
    file: server('heartbeat.ts'),
    find: '    cancel = clock.after(intervalMs, tick);\n    beat();',
    replace: '    beat();',
  },
  {
    name: 'a stopped hub goes on beating',
    file: server('hub.ts'),
    find: '    this.#stopHeartbeat?.();\n',
    replace: '',
  },
  {
    name: 'one stream too many is opened',
    file: server('hub.ts'),
    find: 'return this.#openStreams >= this.#settings.maxStreams;',
    replace: 'return this.#openStreams > this.#settings.maxStreams;',
  },
];

const log: readonly Omit<PlantedDefect, 'part'>[] = [
  {
    name: 'a resume repeats the event that it names',
    file: server('history.ts'),
    find: 'position === undefined ? undefined : position + 1',
    replace: 'position',
  },
  {
    name: 'the bound on memory in bytes is not kept',
    file: server('history.ts'),
    find: 'this.#events.size > this.#maxEvents || this.#bytes > this.#maxBytes',
    replace: 'this.#events.size > this.#maxEvents',
  },
  {
    name: 'ids of forgotten events are kept',
    file: server('history.ts'),
    find: 'this.#positions.delete(oldest.id);',
    replace: '',
  },
  {
    name: 'ids are the same in each life of the server',
    file: server('memory-store.ts'),
    find: '{this.#life}-`',
    replace: '{undefined}-`',
  },
];

const stream: readonly Omit<PlantedDefect, 'part'>[] = [
  {
    name: 'the hub is not told that the reader goes on',
    file: server('adapters/web.ts'),
    find: 'this.#subscriber?.drained();',
    replace: '',
  },
  {
    name: 'the listener of a body that was cancelled stays',
    file: server('adapters/web.ts'),
    find: "  cancel(): void {\n    this.#subscriber?.leave('client left');",
    replace: '  cancel(): void {',
  },
  {
    name: 'the listener of a request that was aborted stays',
    file: server('adapters/web.ts'),
    find: "  readonly #onAbort = (): void => {\n    this.#subscriber?.leave('client left');",
    replace: '  readonly #onAbort = (): void => {',
  },
  {
    name: 'the Last-Event-ID of a request is not read',
    file: server('adapters/web.ts'),
    find: "lastEventId ?? readLastEventId(request.headers.get('last-event-id'))",
    replace: 'lastEventId',
  },
  {
    name: 'frames that leave together overwrite one another',
    file: server('batch.ts'),
    find: '    offset += part.length;\n',
    replace: '',
  },
];

const ofClient: readonly Omit<PlantedDefect, 'part'>[] = [
  {
    name: 'a reconnection forgets the last event ID until the next one',
    file: client('connection.ts'),
    find: '      lastEventId,\n      onRetry,',
    replace: '      onRetry,',
  },
  {
    name: 'Last-Event-ID is not sent',
    file: client('request.ts'),
    find: "if (lastEventId !== '' && !unsendable.test(lastEventId)) ",
    replace: 'if (lastEventId === "?") ',
  },
  {
    name: 'a connection that opens does not end the backoff',
    file: client('event-stream.ts'),
    find: '        this.#retries = 0;\n',
    replace: '',
  },
  {
    name: 'the backoff has no longest wait',
    file: client('waiting.ts'),
    find: 'Math.min(Math.max(base, 1) * factor ** failures, max)',
    replace: 'Math.max(base, 1) * factor ** failures',
  },
  {
    name: 'Retry-After is not heeded',
    file: client('waiting.ts'),
    find: 'Math.max(grown, retryAfterMs)',
    replace: 'grown',
  },
  {
    name: 'the reconnection time of the server is not taken over',
    file: client('event-stream.ts'),
    find: 'this.#retryMs = retryMs;',
    replace: 'void retryMs;',
  },
  {
    name: 'the watchdog of each read stays behind',
    file: client('connection.ts'),
    find: 'return next.finally(clock.after(watchdogMs, () => drop(problem)));',
    replace: 'clock.after(watchdogMs, () => drop(problem)); return next;',
  },
  {
    name: 'a connection that is dropped is not aborted',
    file: client('connection.ts'),
    find: '    stopReading();\n    abort.abort();',
    replace: '    stopReading();',
  },
  {
    name: 'a stream that is closed keeps its connection',
    file: client('event-stream.ts'),
    find: "{ name: 'closed' });\n    this.#drop();",
    replace: "{ name: 'closed' });",
  },
  {
    name: 'a slow loop does not hold the stream back',
    file: client('event-queue.ts'),
    find: 'if (ended || events.length === 0) return undefined;',
    replace: 'if (events.length >= 0) return undefined;',
  },
  {
    name: 'a loop skips what comes after its first events',
    file: client('event-queue.ts'),
    find: '    events = [];\n    taken = 0;',
    replace: '    events = [];',
  },
  {
    name: 'characters cut between chunks are replaced',
    file: protocol('utf8.ts'),
    find: 'this.#cutDecoder.decode(bytes, streaming)',
    replace: 'this.#cutDecoder.decode(bytes)',
  },
  {
    name: 'a line in more than two chunks loses the middle',
    file: protocol('lines.ts'),
    find: '      this.#pieces.push(text);\n',
    replace: '',
  },
  {
    name: 'an event without a type has that of the one before',
    file: protocol('interpret.ts'),
    find: "    this.#typeBuffer = '';\n",
    replace: '',
  },
];

export const plantedDefects: readonly PlantedDefect[] = [
  ...hub.map((defect): PlantedDefect => ({ ...defect, part: 'hub' })),
  ...log.map((defect): PlantedDefect => ({ ...defect, part: 'log' })),
  ...stream.map((defect): PlantedDefect => ({ ...defect, part: 'stream' })),
  ...ofClient.map((defect): PlantedDefect => ({ ...defect, part: 'client' })),
];
