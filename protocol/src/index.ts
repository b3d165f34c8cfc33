export { EncodeError, encodeComment, encodeEvent, type OutgoingEvent } from './encode.ts';
export type { ServerSentEvent } from './event.ts';
export { LimitError } from './limit-error.ts';
export { createParser, type Parser, type ParserSettings } from './parser.ts';
export { type Clock, sleep } from './ports/clock.ts';
export { type Random, seededRandom } from './ports/random.ts';
export { SettingError } from './setting-error.ts';
