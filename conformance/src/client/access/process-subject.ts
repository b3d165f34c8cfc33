import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { SettingError, sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { endWithThisProcess } from '../../access/end-with-this-process.ts';
import { cpuMs, vitals } from '../../access/proc.ts';
import type { HostCommand, HostMessage } from '../hosting.ts';
import { capabilitiesOf, type Subject, SubjectUnusable } from '../subject.ts';

/** What the process of a client tells the harness; the first message is `ready`, or why it is not. */
export type ProcessMessage =
  /** The module that was given is none that a client is opened by. */
  | { readonly tell: 'no-adapter' }
  | { readonly tell: 'ready'; readonly name?: string; readonly capabilities: readonly string[] }
  | { readonly tell: 'unusable'; readonly message: string }
  | { readonly tell: 'batch'; readonly messages: readonly HostMessage[] };

/** Asks a process to be alive by nothing but what the client leaves behind. */
export interface LeaveCommand {
  readonly do: 'leave';
}

/** A process that hosts a client, and how to talk with it. */
export interface ClientProcess {
  readonly child: ChildProcess;
  /** How it is called where it does not tell a name, and in complaints. */
  readonly name: string;
  readonly send: (command: HostCommand) => void;
  /** Tells it that no command will follow. */
  readonly hangUp: () => void;
  /** Hands on what it tells, from now on. */
  readonly listen: (take: (message: ProcessMessage) => void) => void;
  readonly kill: () => void;
  /** The processes that the client is made of. */
  readonly pids: () => Promise<readonly number[]>;
  /** Tells it to keep itself alive no longer; only where it does so by nothing but the client. */
  readonly letGo?: () => void;
  /** Ends the start, where the run ends before. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The client in a process that was just started.
 * @throws SubjectUnusable where it does not say that it is ready
 * @throws SettingError where it was given what is no adapter
 */
export async function processSubject(clientProcess: ClientProcess): Promise<Subject> {
  const { child, name, send, hangUp, listen, kill, pids, letGo, signal } = clientProcess;
  const forget = endWithThisProcess(kill);
  let complaint = '';
  child.stderr?.on('data', (part: Buffer) => {
    complaint = (complaint + part.toString()).slice(-65_536);
  });
  const exit = once(child, 'exit');
  void exit.then(forget);
  const heard = Promise.withResolvers<ProcessMessage | undefined>();
  let stopping = false;
  const subject: { -readonly [key in keyof Subject]: Subject[key] } = {
    name,
    capabilities: new Set(),
    send: (command) => {
      send(command);
      return undefined;
    },
    onMessage: () => undefined,
    process: {
      vitals: async () => vitals(await pids()),
      cpuMs: async () => cpuMs(await pids()),
      complaints: () => complaint,
      ...(letGo
        ? {
            leave: async (withinMs) => {
              stopping = true;
              letGo();
              return Promise.race([exit.then(() => true), sleep(systemClock, withinMs).then(() => false)]);
            },
          }
        : {}),
    },
    death: new Promise((died) => {
      void exit.then(([code, signal]) => {
        if (!stopping) died(lastWords(complaint, `ended with ${signal ?? `exit code ${code}`}`));
      });
    }),
    stop: async () => {
      stopping = true;
      hangUp();
      await Promise.race([exit, sleep(systemClock, 500)]);
      kill();
      await exit;
    },
  };
  listen((message) => {
    if (message.tell !== 'batch') heard.resolve(message);
    else for (const one of message.messages) subject.onMessage(one);
  });
  void exit.then(() => heard.resolve(undefined));
  const giveUp = (): void => heard.resolve(undefined);
  signal?.addEventListener('abort', giveUp);
  if (signal?.aborted) giveUp();
  const first = await heard.promise;
  signal?.removeEventListener('abort', giveUp);
  if (first?.tell !== 'ready') {
    kill();
    if (first?.tell === 'no-adapter') {
      throw new SettingError(
        'CLIENT',
        name,
        'a module whose default export has a function "open": export default defineClient({ open })',
      );
    }
    const why = first?.tell === 'unusable' ? first.message : lastWords(complaint, 'its process ended');
    throw new SubjectUnusable(`${name} cannot be used: ${why}`);
  }
  subject.name = first.name ?? name;
  subject.capabilities = capabilitiesOf([...first.capabilities, 'process', ...(letGo ? ['ends-by-itself'] : [])]);
  return subject;
}

/** The line of an uncaught error that names it, else the last line. */
function lastWords(complaint: string, otherwise: string): string {
  const lines = complaint.trim().split('\n');
  const named = lines.find((line) => /^(?:Uncaught )?\w*(?:Error|Exception)\b.*:/.test(line)) ?? lines.at(-1);
  return named ? `${named}` : otherwise;
}
