import fc from 'fast-check';
import type { OutgoingEvent } from '../../src/encode.ts';

const awkward = fc.constantFrom('\n', '\r', '\r\n', ' ', ':', '\0', '\uFEFF', '\u2028', 'data: x', 'é€😀', '');

/** Any text that UTF-8 can carry, line ends and all. */
const text = fc.oneof(
  fc
    .array(fc.oneof(awkward, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 8 })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
);

/** Any event that can be encoded. */
export const outgoingEvent: fc.Arbitrary<OutgoingEvent> = fc.record(
  {
    data: text,
    event: text.map((type) => type.replace(/[\r\n]/g, '')),
    id: text.map((id) => id.replace(/[\r\n\0]/g, '')),
    retry: fc.oneof(fc.nat(), fc.maxSafeNat()),
  },
  { requiredKeys: ['data'] },
);
