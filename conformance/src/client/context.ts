import type { Clock, Random } from '@ssert/protocol';
import type { Effort } from '../effort.ts';
import type { HarnessLoad } from '../harness-load.ts';
import { Undecided } from '../undecided.ts';
import type { Scripts, Stage } from './access/stage.ts';
import type { Capability } from './adapter.ts';
import { type ClientScript, textOf } from './client-script.ts';
import type { Intervention } from './hosting.ts';
import { Play, type PlayOptions } from './play.ts';
import type { Subject, SubjectProcess } from './subject.ts';

/** What rules of one run share. */
export interface RunShare {
  readonly clock: Clock;
  readonly load: HarnessLoad;
  readonly stage: Stage;
  readonly effort: Effort;
  readonly seed: number;
  /** Starts the client once more. */
  readonly start: () => Promise<Subject>;
}

/** What happens beside opening a stream, or in place of it. */
export interface PlayHow {
  readonly intervene?: Intervention | undefined;
  readonly script?: ClientScript | undefined;
}

/** The streams that a subject plays, in one lane of a run; outlives the rules. */
export class PlayList {
  readonly subject: Subject;
  readonly #plays = new Map<number, Play>();
  #count = 0;
  #death: string | undefined;

  constructor(subject: Subject) {
    this.subject = subject;
    subject.onMessage = (message) => {
      const play = this.#plays.get(message.stream);
      if (message.tell === 'report') play?.take(message.report);
      else if (message.tell === 'noted') play?.note(message.name, message.value);
      else if (message.tell === 'refused') play?.refuse(message.message);
      else if (message.tell === 'state') play?.takeState(message);
      else if (play) play.threw ??= message.message;
    };
    void subject.death.then((lastWords) => {
      this.#death = lastWords;
      for (const play of this.#plays.values()) play.die(lastWords);
    });
  }

  /** What the subject said last, once its process has ended. */
  get death(): string | undefined {
    return this.#death;
  }

  open(share: RunShare, scripts: Scripts, signal: AbortSignal, options: PlayOptions, how: PlayHow = {}): Play {
    this.#count += 1;
    const stream = this.#count;
    const scene = share.stage.scene(scripts, stream);
    const { subject } = this;
    const play = new Play(scene, {
      clock: share.clock,
      signal,
      close: () => void subject.send({ do: 'close', stream }),
      restart: () => void subject.send({ do: 'restart', stream }),
      askState: () => void subject.send({ do: 'state', stream }),
      end: () => void subject.send({ do: 'end', stream }),
    });
    this.#plays.set(stream, play);
    if (this.#death !== undefined) play.die(this.#death);
    const { url = (own) => own, fromElsewhere, ...more } = options;
    const origin = fromElsewhere ? scene.neighbour : scene.origin;
    scene.ready = subject.send({
      do: 'open',
      stream,
      options: { types: [], ...more, url: url(scene.url), ...(subject.capabilities.has('cors') ? { origin } : {}) },
      ...(how.intervene ? { intervene: how.intervene } : {}),
      ...(how.script ? { script: textOf(how.script) } : {}),
    });
    return play;
  }

  /** Closes every stream and forgets it. */
  clear(): void {
    for (const play of this.#plays.values()) play.end();
    this.#plays.clear();
  }
}

/** What a rule is judged with. */
export class ClientContext {
  readonly capabilities: ReadonlySet<Capability>;
  readonly clock: Clock;
  readonly load: HarnessLoad;
  readonly effort: Effort;
  /** Of this rule. */
  readonly seed: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly #share: RunShare;
  readonly #plays: PlayList;

  constructor(share: RunShare, plays: PlayList, signal: AbortSignal, seed: number, random: Random) {
    this.capabilities = plays.subject.capabilities;
    this.clock = share.clock;
    this.load = share.load;
    this.effort = share.effort;
    this.seed = seed;
    this.random = random;
    this.signal = signal;
    this.#share = share;
    this.#plays = plays;
  }

  /** Makes the stage ready for scenes over HTTP/2, and gives the certificate to trust. @throws Undecided */
  readyHttp2(): Promise<string> {
    return this.#share.stage.readyHttp2();
  }

  /** Lets the client open a stream on a new URL of the stage that answers by these scripts. */
  open(scripts: Scripts, options: PlayOptions = {}, how: PlayHow = {}): Play {
    return this.#plays.open(this.#share, scripts, this.signal, options, how);
  }

  /** The client's process. @throws Undecided where it has none of its own */
  get process(): SubjectProcess {
    const { process } = this.#plays.subject;
    if (!process) throw new Undecided('the client has no process of its own');
    return process;
  }

  /** Does something with the client in one more process, which ends with it. @throws SubjectUnusable */
  async apart<T>(use: (context: ClientContext) => Promise<T>): Promise<T> {
    const plays = new PlayList(await this.#share.start());
    try {
      return await use(new ClientContext(this.#share, plays, this.signal, this.seed, this.random));
    } finally {
      plays.clear();
      await plays.subject.stop();
    }
  }
}
