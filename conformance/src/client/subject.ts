import { SettingError } from '@ssert/protocol';
import type { Vitals } from '../access/proc.ts';
import { nearest } from '../nearest.ts';
import { type Capability, type ClientAdapter, capabilities } from './adapter.ts';
import { ClientHost, type HostCommand, type HostMessage } from './hosting.ts';

/** A client under test that runs. */
export interface Subject {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Resolves, after `open`, when the stage may answer the client; without a promise it may at once. */
  send(command: HostCommand): Promise<void> | undefined;
  /** Called with all that it tells. */
  onMessage: (message: HostMessage) => void;
  /** Resolves, with what it said last, when its process ends without being told to. */
  readonly death: Promise<string>;
  /** Where it runs in a process of its own. */
  readonly process?: SubjectProcess;
  stop(): Promise<void>;
}

/** The process of a client, as the harness sees it. */
export interface SubjectProcess {
  /** What it holds now. @throws Error where it has ended */
  vitals(): Promise<Vitals>;
  /** CPU time that it has used so far, in ms. */
  cpuMs(): Promise<number>;
  /** What it has written to its standard error. */
  complaints(): string;
  /** Lets it end by itself, after all streams were closed. @returns whether it has within a time, in ms */
  readonly leave?: (withinMs: number) => Promise<boolean>;
}

/** How a client under test is started; each lane of a run starts one of its own. */
export interface SubjectSource {
  /** How reports call it before it has told its name. */
  readonly name: string;
  readonly url: string;
  /** How many origins the stage shall have, so that 96 streams can be open at once. Default 2. */
  readonly origins?: number;
  /**
   * @param signal ends the start, where the run ends before
   * @throws SubjectUnusable where it cannot be started
   */
  start(signal?: AbortSignal): Promise<Subject>;
}

/** A client that cannot be started at all; the message says why. */
export class SubjectUnusable extends Error {
  override readonly name = 'SubjectUnusable';
}

/** A client whose process ended under a rule. */
export class SubjectDied extends Error {
  override readonly name = 'SubjectDied';
}

/** An adapter that runs beside the harness: for tests of one's own client, where a crash may end the test as well. */
export function adapterHere(adapter: ClientAdapter): SubjectSource {
  const name = adapter.name ?? 'client';
  return {
    name,
    url: `adapter:${encodeURIComponent(name)}`,
    start: async () => {
      const host = new ClientHost(adapter, (message) => subject.onMessage(message));
      const subject: Subject = {
        name,
        capabilities: capabilitiesOf(adapter.capabilities),
        send: (command) => {
          host.take(command);
          return undefined;
        },
        onMessage: () => undefined,
        death: new Promise(() => undefined),
        stop: async () => host.close(),
      };
      return subject;
    },
  };
}

/** @throws SettingError for a word that is not on the list */
export function capabilitiesOf(words: readonly string[] = []): ReadonlySet<Capability> {
  for (const word of words) {
    if (capabilities.some((one) => one === word)) continue;
    const meant = nearest(word, capabilities);
    throw new SettingError(
      'capabilities',
      word,
      meant.length > 0 ? meant.join(' or ') : `of ${capabilities.join(' ')}`,
    );
  }
  return new Set(words as readonly Capability[]);
}
