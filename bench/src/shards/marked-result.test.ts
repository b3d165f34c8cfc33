import { expect, test } from 'vitest';
import { madeUpBench } from '../../testing/made-up-bench.ts';
import { markedResult, resultInLog } from './marked-result.ts';

test('a result is found among the lines of a log, the last one where there are several', () => {
  const older = markedResult(madeUpBench({ id: 'older' }));
  const log = `4 shards joined\n${older}again\n${markedResult(madeUpBench())}bye\n`;
  expect(resultInLog(log)).toEqual(madeUpBench());
});

test('a log without one, or in which it breaks off, has none', () => {
  expect(resultInLog('4 shards joined\n')).toBeUndefined();
  expect(resultInLog(markedResult(madeUpBench()).slice(0, -50))).toBeUndefined();
});
