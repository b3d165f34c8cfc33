import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pidsOfGroup } from '../../access/proc.ts';
import type { HostMessage } from '../hosting.ts';
import type { SubjectSource } from '../subject.ts';
import { type ProcessMessage, processSubject } from './process-subject.ts';

/**
 * A client in any language, hosted by a command. It reads one JSON object a line from its standard input, and writes one a
 * line to its standard output; what it writes to standard error is shown where it ends. It exits when its input ends.
 *
 *     → {"tell":"ready","name":"my client","capabilities":["open-event"]}
 *     ← {"do":"open","stream":1,"options":{"url":"http://127.0.0.1:1234/1","types":[]}}
 *     → {"tell":"report","stream":1,"report":{"kind":"event","type":"message","data":"x","id":""}}
 *     ← {"do":"end","stream":1}
 *
 * @param command for the shell
 * @param cwd where it runs; default here
 */
export function commandProcess(command: string, cwd: string = process.cwd()): SubjectSource {
  return {
    name: command,
    url: `command:${encodeURIComponent(command)}`,
    start: (signal) => {
      // A group of its own, so that what the shell starts ends with it.
      const child = spawn(command, { shell: true, detached: true, cwd, stdio: 'pipe' });
      // It may end at any moment, and tells so by its exit.
      child.stdin.on('error', () => undefined);
      return processSubject({
        child,
        name: command,
        signal,
        send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
        hangUp: () => child.stdin.end(),
        listen: (take) => void createInterface(child.stdout).on('line', (line) => take(messageIn(line))),
        kill: () => {
          try {
            if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
          } catch {
            // The whole group has ended already.
          }
        },
        pids: () => pidsOfGroup(child.pid ?? 0),
      });
    },
  };
}

function messageIn(line: string): ProcessMessage {
  try {
    const message = JSON.parse(line) as HostMessage | Exclude<ProcessMessage, { tell: 'no-adapter' }>;
    if (message.tell === 'ready' || message.tell === 'unusable' || message.tell === 'batch') return message;
    return { tell: 'batch', messages: [message] };
  } catch {
    return { tell: 'unusable', message: `it wrote a line that is no JSON object: ${line.slice(0, 80)}` };
  }
}
