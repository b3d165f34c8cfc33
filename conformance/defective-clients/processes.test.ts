import { join } from 'node:path';
import { describe, test } from 'vitest';
import { adapterProcess } from '../src/client/index.ts';
import { expectFoundInSubject } from './judge-client.ts';

/** A client in a process of its own, in a file of this name. */
interface ProcessDefect {
  readonly file: string;
  readonly breaks: string;
}

const defects: readonly ProcessDefect[] = [
  { file: 'emits-errors', breaks: 'lifecycle/no-listener-no-crash' },
  { file: 'forgets-its-timer', breaks: 'lifecycle/nothing-left-behind' },
  { file: 'rereads-lines', breaks: 'limits/time-grows-with-the-line' },
  { file: 'copies-data', breaks: 'limits/time-grows-with-the-lines' },
  { file: 'keeps-events', breaks: 'limits/time-grows-with-the-events' },
  { file: 'hoards-comments', breaks: 'limits/endless-ignored-line' },
  { file: 'keeps-connections', breaks: 'limits/reconnections-leak-nothing' },
];

describe('each defect that shows in the process of a client turns its rule red', () => {
  test.concurrent.each(defects)('$breaks: a client that $file', ({ file, breaks }) => {
    const module = join(import.meta.dirname, 'processes', `${file}.ts`);
    return expectFoundInSubject(adapterProcess(module, ['--conditions=@ssert/source']), breaks);
  });
});
