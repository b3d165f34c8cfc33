import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import type { HostCommand } from '../hosting.ts';
import { capabilitiesOf, type Subject, type SubjectSource, SubjectUnusable } from '../subject.ts';
import type { ProcessMessage } from './adapter-process-main.ts';

/** The module that runs inside; beside this one, in source and when built. */
const main = new URL(`./adapter-process-main${extname(import.meta.url)}`, import.meta.url);

/**
 * An adapter module in a process of its own, so that a client that crashes takes nothing else with it.
 * @param file path of the module
 * @param nodeOptions options of Node for that process, such as `--conditions=development`; default this process's conditions
 */
export function adapterProcess(file: string, nodeOptions: readonly string[] = conditionsHere()): SubjectSource {
  const { href } = pathToFileURL(resolve(file));
  return { name: basename(file), url: href, start: () => startProcess(file, href, nodeOptions) };
}

function conditionsHere(): string[] {
  return process.execArgv.filter((option) => option.startsWith('--conditions='));
}

async function startProcess(file: string, href: string, nodeOptions: readonly string[]): Promise<Subject> {
  if (!existsSync(file)) throw new SubjectUnusable(`there is no file ${file}; give the path of an adapter module`);
  const child = fork(fileURLToPath(main), [href], {
    execArgv: [...nodeOptions],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  let complaint = '';
  child.stderr?.on('data', (part: Buffer) => {
    complaint = (complaint + part.toString()).slice(-65_536);
  });
  const exit = once(child, 'exit');
  const [first] = (await Promise.race([once(child, 'message'), exit.then(() => [])])) as ProcessMessage[];
  if (first?.tell !== 'ready') {
    end();
    throw new SubjectUnusable(
      `${file} cannot be used: ${first?.tell === 'unusable' ? first.message : lastWords(complaint, 'its process ended')}`,
    );
  }
  let stopping = false;
  const subject: Subject = {
    name: first.name ?? basename(file),
    capabilities: capabilitiesOf(first.capabilities),
    send: (command: HostCommand) => {
      // A process that has just died tells so by its exit.
      if (child.connected) child.send(command, () => undefined);
      return undefined;
    },
    onMessage: () => undefined,
    death: new Promise((died) => {
      void exit.then(([code, signal]) => {
        process.removeListener('exit', end);
        if (!stopping) died(lastWords(complaint, `ended with ${signal ?? `exit code ${code}`}`));
      });
    }),
    stop: async () => {
      stopping = true;
      if (child.connected) child.disconnect();
      await Promise.race([exit, sleep(systemClock, 500)]);
      end();
      await exit;
    },
  };
  child.on('message', (messages: ProcessMessage) => {
    if (messages.tell === 'batch') for (const message of messages.messages) subject.onMessage(message);
  });
  return subject;
}

/** The line of an uncaught error that names it, else the last line. */
function lastWords(complaint: string, otherwise: string): string {
  const lines = complaint.trim().split('\n');
  const named = lines.find((line) => /^(?:Uncaught )?\w*(?:Error|Exception)\b.*:/.test(line)) ?? lines.at(-1);
  return named ? `${named}` : otherwise;
}
