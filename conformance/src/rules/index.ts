import type { Rule } from '../rule.ts';
import {
  carriageReturnInData,
  eventSize,
  leadingSpaceKept,
  newlineInData,
  onlyRealLineBreaks,
  trailingWhitespaceKept,
} from './framing/data.ts';
import {
  byteOrderMark,
  knownFields,
  lastEventTerminated,
  lineEndings,
  reservedEventNames,
  retryDigits,
  validUtf8,
} from './framing/on-the-wire.ts';

/** Every rule for servers, in the order of reports. */
export const serverRules: readonly Rule[] = [
  validUtf8,
  knownFields,
  lastEventTerminated,
  newlineInData,
  carriageReturnInData,
  leadingSpaceKept,
  trailingWhitespaceKept,
  retryDigits,
  onlyRealLineBreaks,
  byteOrderMark,
  lineEndings,
  eventSize,
  reservedEventNames,
];
