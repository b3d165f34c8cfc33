import { oneof } from 'fast-check';
import { anyText, textAroundBuffers } from '../../payload.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { roundTrips } from '../round-trip.ts';

export const anyTextArrives: Rule = {
  id: 'delivery/any-text-arrives',
  code: 'SD-07',
  level: 'MUST',
  title: 'Any text arrives unchanged',
  statement: 'Any Unicode text that is accepted arrives as one event with equal data, line ends as LF, up to 1 MiB.',
  spec: [html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'publishing',
  // The long ones take a hundred times as long.
  judge: roundTrips(
    oneof({ arbitrary: anyText, weight: 12 }, { arbitrary: textAroundBuffers(1024 * 1024), weight: 1 }),
    [
      'x'.repeat(4096),
      '€'.repeat(21_846),
      'x'.repeat(65_536),
      '{"a":"\\n"}',
      '<b>&amp;</b>',
      '\\n',
      '%0a',
      '𝄞',
      'a\ud800b',
    ],
  ),
};
