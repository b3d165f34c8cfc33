import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type SubjectSource, SubjectUnusable } from '../subject.ts';
import { type LeaveCommand, processSubject } from './process-subject.ts';

/** The module that runs inside; beside this one, in source and when built. */
const main = new URL(`./adapter-process-main${extname(import.meta.url)}`, import.meta.url);

/**
 * An adapter module in a process of its own, so that a client that crashes takes nothing else with it.
 * @param file path of the module
 * @param nodeOptions options of Node for that process, such as `--conditions=development`; default this process's conditions
 */
export function adapterProcess(file: string, nodeOptions: readonly string[] = conditionsHere()): SubjectSource {
  const { href } = pathToFileURL(resolve(file));
  const name = basename(file);
  return {
    name,
    url: href,
    start: async (signal) => {
      if (!existsSync(file)) throw new SubjectUnusable(`there is no file ${file}; give the path of an adapter module`);
      const child = fork(fileURLToPath(main), [href], {
        execArgv: [...nodeOptions],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        serialization: 'advanced',
      });
      // Hung up on amid a message of its own, its channel complains.
      child.on('error', () => undefined);
      return processSubject({
        child,
        name,
        signal,
        send: (command) => {
          // A process that has just died tells so by its exit.
          if (child.connected) child.send(command, () => undefined);
        },
        hangUp: () => {
          if (child.connected) child.disconnect();
        },
        listen: (take) => child.on('message', take),
        kill: () => void child.kill('SIGKILL'),
        pids: async () => (child.pid === undefined ? [] : [child.pid]),
        letGo: () => {
          if (child.connected) child.send({ do: 'leave' } satisfies LeaveCommand);
        },
      });
    },
  };
}

function conditionsHere(): string[] {
  return process.execArgv.filter((option) => option.startsWith('--conditions='));
}
