import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { observation, scene, sceneRule } from '../../scene-rule.ts';
import { ok } from '../../script.ts';

/** Comments and events in their order, as people write them. */
const told = ({ reports }: Play): string[] =>
  reports.flatMap((report) => {
    if (report.kind === 'comment') return [`comment ${JSON.stringify(report.text)}`];
    return report.kind === 'event' ? [`event ${JSON.stringify(report.data)}`] : [];
  });

const tells =
  (...expected: readonly string[]) =>
  (play: Play): string | undefined => {
    // The rule on the space after the colon is another.
    const got = told(play).map((line) => line.replace('comment " ', 'comment "'));
    return got.join() === expected.join() ? undefined : `the client told ${got.join(', ') || 'nothing'}`;
  };

export const promptness: readonly ClientRule[] = [
  sceneRule('parse/comments-are-reported', 'CP-34', {
    title: 'Comments are reported',
    statement:
      'A client that reports comments reports each when its line ends, without the colon, in order with the events.',
    spec: [html('event-stream-interpretation')],
    needs: ['comments'],
    cases: [
      { ...scene(ok(':Hello\n')), check: tells('comment "Hello"') },
      { ...scene(ok(':Hello\n', ':World\n')), check: tells('comment "Hello"', 'comment "World"') },
      { ...scene(ok(':Hello\n', 'data: Hello\n\n')), check: tells('comment "Hello"', 'event "Hello"') },
      { ...scene(ok('data: Hello\n\n', ':Hello\n')), check: tells('event "Hello"', 'comment "Hello"') },
    ],
  }),
  observation('parse/comment-text-leading-space', 'CP-35', {
    title: 'The space before a comment',
    statement: 'Whether the one space after the colon is part of the reported comment is left open.',
    spec: [html('parsing-an-event-stream')],
    needs: ['comments'],
    cases: [scene(ok(': Hello\n'))],
    tell: ([play]) => `": Hello" is told as ${(play && told(play).join()) || 'nothing'}`,
  }),
  sceneRule('parse/prompt-dispatch', 'CP-79', {
    level: 'SHOULD',
    title: 'Events are delivered at once',
    statement: 'An event is delivered when its empty line arrives, not when more data or the end does.',
    spec: [html('parsing-an-event-stream')],
    cases: [
      {
        ...scene(ok('data: 0\n\n', 700, 'data: 1\n\n', 700, 'data: 2\n\n')),
        events: [message('0'), message('1'), message('2')],
        check: ({ asked: [request], events }) => {
          const sinceMs = request?.atMs ?? 0;
          const late = events.findIndex(({ atMs }, nth) => atMs - sinceMs - nth * 700 > 500);
          if (late < 0) return undefined;
          const tookMs = Math.round((events[late]?.atMs ?? 0) - sinceMs - late * 700);
          return { message: `event ${late + 1} came ${tookMs} ms after it was sent`, boundMs: 500, tookMs };
        },
      },
    ],
  }),
];
