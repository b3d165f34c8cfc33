import type { RunEvent } from '@ssert/conformance';
import type { Clock } from '@ssert/protocol';
import type { Terminal } from '../terminal.ts';
import { keepStart } from './marked-text.ts';

/** Where a run is, kept from its events. */
export class Progress {
  #rules = 0;
  #judged = 0;
  #failed = 0;
  /** Rules at work with what they last said, the latest one last. */
  readonly #atWork = new Map<string, string>();

  take(event: RunEvent): void {
    switch (event.kind) {
      case 'started':
        this.#rules = event.rules;
        break;
      case 'rule-started':
        this.#atWork.set(event.id, '');
        break;
      case 'progress':
        this.#atWork.delete(event.id);
        this.#atWork.set(event.id, event.message);
        break;
      case 'result':
        this.#atWork.delete(event.result.id);
        this.#judged += 1;
        if (event.result.verdict === 'fail') this.#failed += 1;
        break;
      case 'phase':
      case 'recording':
      case 'broken-off':
      case 'finished':
        break;
    }
  }

  /** One line: how far, what is at work, how long it took. */
  line(elapsedMs: number): string {
    const latest = [...this.#atWork].at(-1);
    const parts = [`${this.#judged} of ${this.#rules} rules`];
    if (this.#failed > 0) parts.push(`${this.#failed} failed`);
    if (latest) {
      const [id, message] = latest;
      const others = this.#atWork.size - 1;
      parts.push(`${id}${message === '' ? '' : ` ${message}`}${others > 0 ? ` and ${others} more` : ''}`);
    } else if (this.#judged === 0) parts.push('waiting for the server');
    parts.push(`${Math.floor(elapsedMs / 1000)} s`);
    return parts.join(' · ');
  }
}

/**
 * Shows where a run is on standard error: one line that changes in a terminal, and a plain line every 10 s elsewhere.
 * @returns a function that ends it and clears the line
 */
export function showProgress(progress: Pick<Progress, 'line'>, terminal: Terminal, clock: Clock): () => void {
  const startedAtMs = clock.now();
  const everyMs = terminal.errorIsTerminal ? 100 : 10_000;
  const show = (): void => {
    const line = progress.line(clock.now() - startedAtMs);
    if (terminal.errorIsTerminal) terminal.progress(`\r\u001b[K${keepStart(line, terminal.errorColumns - 1)}`);
    else terminal.progress(`ssert: ${line}\n`);
    cancel = clock.after(everyMs, show);
  };
  let cancel = clock.after(everyMs, show);
  return () => {
    cancel();
    if (terminal.errorIsTerminal) terminal.progress('\r\u001b[K');
  };
}
