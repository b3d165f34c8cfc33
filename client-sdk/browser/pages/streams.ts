import { EventStream, type EventStreamSettings, StreamAmongTabs, StreamErrorEvent } from '@ssert/client';

/** What a stream told, for the test to look at. */
class Recording {
  readonly stream: EventStream | StreamAmongTabs;
  readonly states: string[] = [];
  readonly data: string[] = [];
  readonly origins: string[] = [];
  readonly problems: string[] = [];

  constructor(stream: EventStream | StreamAmongTabs) {
    this.stream = stream;
    stream.addEventListener('state', () => this.states.push(stream.state.name));
    stream.addEventListener('message', ({ data, origin }) => {
      this.data.push(data);
      this.origins.push(origin);
    });
    stream.addEventListener('error', (event) => {
      if (event instanceof StreamErrorEvent) this.problems.push(event.problem.kind);
    });
  }
}

/** A loop that works on its first event until it is let go. */
class SlowLoop {
  read = 0;
  readonly #work = Promise.withResolvers<void>();

  constructor(url: string) {
    void this.#run(url);
  }

  letGo(): void {
    this.#work.resolve();
  }

  async #run(url: string): Promise<void> {
    for await (const { data } of new EventStream(url)) {
      this.read += data.length;
      await this.#work.promise;
    }
  }
}

/** What tests call by `page.evaluate`. */
const page = {
  record: (url: string, settings: EventStreamSettings = {}) => new Recording(new EventStream(url, settings)),
  recordAmongTabs: (url: string) => new Recording(new StreamAmongTabs(url, { reconnect: { initial: 10 } })),
  readSlowly: (url: string) => new SlowLoop(url),
};
Object.assign(globalThis, { page });
