import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { scene, sceneRule } from '../../scene-rule.ts';
import { FAST, FIN, ok } from '../../script.ts';
import * as scripts from '../../scripts/iteration.ts';

export const iteration: readonly ClientRule[] = [
  sceneRule('lifecycle/iteration-ends-with-close', 'CL-34', {
    title: 'Iteration ends with close()',
    statement: 'A loop over the events goes on through reconnections, and close() ends it without an error.',
    spec: [html('dom-eventsource-close')],
    needs: ['async-iterator'],
    cases: [
      {
        ...scene(ok(`${FAST}data: 1\n\n`, FIN), ok('data: 2\n\n')),
        requests: 2,
        script: scripts.iterates,
        notes: { 'what the loop got': ['1', '2'], 'how the loop ended after close()': 'by itself' },
      },
    ],
  }),
  sceneRule('lifecycle/connect-is-idempotent', 'CL-35', {
    title: 'connect() once more',
    statement: 'connect() makes no second connection while there is one, and connects again after close().',
    spec: [html('sse-processing-model')],
    needs: ['connect-method'],
    isAboutAskingAgain: true,
    cases: [
      {
        ...scene(ok('data: 1\n\n'), ok('data: 2\n\n')),
        requests: 2,
        script: scripts.connectsAgain,
        notes: { 'what it told': ['1', '2'] },
        noMore: true,
      },
    ],
  }),
];
