import { join } from 'node:path';
import { describe, test } from 'vitest';
import { adapterProcess } from '../src/client/index.ts';
import { expectFoundInSubject } from './judge-client.ts';

/** Clients in processes of their own, in files of these names. */
const defects: readonly { readonly file: string; readonly breaks: string }[] = [
  { file: 'emits-errors', breaks: 'lifecycle/no-listener-no-crash' },
  { file: 'forgets-its-timer', breaks: 'lifecycle/nothing-left-behind' },
  { file: 'rereads-lines', breaks: 'limits/time-grows-with-the-line' },
  { file: 'copies-data', breaks: 'limits/time-grows-with-the-lines' },
  { file: 'keeps-events', breaks: 'limits/time-grows-with-the-events' },
];

describe('each defect that shows in the process of a client turns its rule red', () => {
  test.concurrent.each(defects)('$breaks: a client that $file', ({ file, breaks }) =>
    expectFoundInSubject(
      adapterProcess(join(import.meta.dirname, 'processes', `${file}.ts`), ['--conditions=@ssert/source']),
      breaks,
    ),
  );
});
