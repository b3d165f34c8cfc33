export { EncodeError, encodeComment, encodeEvent, type OutgoingEvent } from './encode.ts';
export { type Clock, sleep } from './ports/clock.ts';
export { type Random, seededRandom } from './ports/random.ts';
export { SettingError } from './setting-error.ts';
