import type { Rule } from '../rule.ts';
import { boundedMemory } from './backpressure/bounded-memory.ts';
import { deadReaderReleased } from './backpressure/dead-reader.ts';
import { idleStreamsAnswered } from './backpressure/idle-streams.ts';
import { othersNotDelayed } from './backpressure/others-not-delayed.ts';
import { publisherNotBlocked } from './backpressure/publisher-not-blocked.ts';
import { slowReaderKeepsAll } from './backpressure/slow-reader.ts';
import { lossNoticeable, stalledReaderDecided, wholeFramesDropped } from './backpressure/stalled-reader.ts';
import { churnLevelsOff } from './cleanup/churn.ts';
import { countExactAfterChurn } from './cleanup/count-after-churn.ts';
import { disconnectHarmsNobody } from './cleanup/disconnects.ts';
import { leftDuringSetup, listenerRemoved } from './cleanup/listeners.ts';
import { nonSubscriptions } from './cleanup/non-subscriptions.ts';
import { cleanShutdown, endsOnSigterm } from './cleanup/shutdown.ts';
import { silentPeerNoticed } from './cleanup/silent-peer.ts';
import { flushedPerEvent } from './compression/flushed-per-event.ts';
import { heartbeatFlushed } from './compression/heartbeat-flushed.ts';
import { offeredCodingsOnly } from './compression/offered-codings.ts';
import { sameEvents } from './compression/same-events.ts';
import { anyHistory } from './delivery/any-history.ts';
import { anyTextArrives } from './delivery/any-text.ts';
import { healthyStreamLives, noDeafStream } from './delivery/endurance.ts';
import { exactlyOnceInOrder } from './delivery/exactly-once.ts';
import { fanOut } from './delivery/fan-out.ts';
import { heartbeatIsComment, idleHeartbeat } from './delivery/idle.ts';
import { loneEventPrompt } from './delivery/lone-event.ts';
import { subscribedAtHeaders } from './delivery/subscription.ts';
import { typeAndIdArrive } from './delivery/type-and-id.ts';
import { wholeFrames } from './delivery/whole-frames.ts';
import { byteOrderMark } from './framing/byte-order-mark.ts';
import {
  carriageReturnInData,
  eventSize,
  leadingSpaceKept,
  newlineInData,
  onlyRealLineBreaks,
  trailingWhitespaceKept,
} from './framing/data.ts';
import { nullInId, retryDigits } from './framing/id-and-retry.ts';
import { knownFields, lastEventTerminated, lineEndings, reservedEventNames, validUtf8 } from './framing/on-the-wire.ts';
import { endlessBodyFraming } from './http/body-framing.ts';
import { intermediaryDirectives, notCacheable } from './http/caching.ts';
import { corsPreflight, corsResponse } from './http/cors.ts';
import { http10Unchunked } from './http/http10.ts';
import { headAnswered, unsupportedMethod } from './http/methods.ts';
import { acceptAdmitted } from './http/negotiation.ts';
import { headersBeforeFirstEvent } from './http/opening.ts';
import { goneIs204, refusedByStatus } from './http/refusal.ts';
import { charsetUtf8, statusAndContentType } from './http/status-and-type.ts';
import { noConnectionFields } from './http2/connection-fields.ts';
import { endOfStream } from './http2/end-of-stream.ts';
import { hundredStreams } from './http2/hundred-streams.ts';
import { resetEndsOne } from './http2/reset.ts';
import { starvedStream } from './http2/starved-stream.ts';
import { idsAcrossRestart } from './reconnect/across-restart.ts';
import { boundedReplay } from './reconnect/bounded-replay.ts';
import { everyIdResumes } from './reconnect/every-id.ts';
import { exactResume } from './reconnect/exact-resume.ts';
import { firstConnectionStart } from './reconnect/first-connection.ts';
import { headerSafeIds } from './reconnect/header-safe-ids.ts';
import { historyGapVisible } from './reconnect/history-gap.ts';
import { lastEventIdRead } from './reconnect/last-event-id.ts';
import { resumesProgress } from './reconnect/progress.ts';
import { restartKeepsBrowsers, spreadReturn } from './reconnect/restart.ts';
import { rotationLosesNothing } from './reconnect/rotation.ts';
import { sameIdEverywhere } from './reconnect/same-id.ts';
import { seamlessReplay } from './reconnect/seam.ts';
import { uniqueIds } from './reconnect/unique-ids.ts';
import { unknownIdDecided } from './reconnect/unknown-id.ts';
import { connectionLimit } from './security/connection-limit.ts';
import { errorsTellNothing } from './security/errors.ts';
import { eventNameInjection, fieldInjection } from './security/injection.ts';
import { arbitraryOrigin } from './security/origin.ts';
import { othersEventsWithheld } from './security/other-principal.ts';
import { requestReflection } from './security/reflection.ts';
import { hostileLastEventId, oversizedHeader } from './security/request-values.ts';
import { revokedCredentialEnds } from './security/revoked-credential.ts';

/** Every rule for servers, in the order of reports. */
export const serverRules: readonly Rule[] = [
  statusAndContentType,
  charsetUtf8,
  headersBeforeFirstEvent,
  endlessBodyFraming,
  notCacheable,
  intermediaryDirectives,
  headAnswered,
  unsupportedMethod,
  http10Unchunked,
  acceptAdmitted,
  corsResponse,
  corsPreflight,
  goneIs204,
  refusedByStatus,

  validUtf8,
  knownFields,
  lastEventTerminated,
  newlineInData,
  carriageReturnInData,
  leadingSpaceKept,
  trailingWhitespaceKept,
  nullInId,
  retryDigits,
  onlyRealLineBreaks,
  byteOrderMark,
  lineEndings,
  eventSize,
  reservedEventNames,

  loneEventPrompt,
  subscribedAtHeaders,
  idleHeartbeat,
  healthyStreamLives,
  noDeafStream,
  heartbeatIsComment,
  anyTextArrives,
  typeAndIdArrive,
  exactlyOnceInOrder,
  wholeFrames,
  fanOut,
  anyHistory,

  othersNotDelayed,
  publisherNotBlocked,
  boundedMemory,
  stalledReaderDecided,
  wholeFramesDropped,
  lossNoticeable,
  slowReaderKeepsAll,
  deadReaderReleased,
  idleStreamsAnswered,

  listenerRemoved,
  leftDuringSetup,
  silentPeerNoticed,
  countExactAfterChurn,
  nonSubscriptions,
  churnLevelsOff,
  endsOnSigterm,
  cleanShutdown,
  disconnectHarmsNobody,

  uniqueIds,
  exactResume,
  idsAcrossRestart,
  boundedReplay,
  restartKeepsBrowsers,
  spreadReturn,
  seamlessReplay,
  firstConnectionStart,
  lastEventIdRead,
  unknownIdDecided,
  historyGapVisible,
  sameIdEverywhere,
  everyIdResumes,
  headerSafeIds,
  rotationLosesNothing,
  resumesProgress,

  eventNameInjection,
  fieldInjection,
  requestReflection,
  hostileLastEventId,
  oversizedHeader,
  connectionLimit,
  errorsTellNothing,
  othersEventsWithheld,
  revokedCredentialEnds,
  arbitraryOrigin,

  flushedPerEvent,
  offeredCodingsOnly,
  sameEvents,
  heartbeatFlushed,

  noConnectionFields,
  resetEndsOne,
  starvedStream,
  hundredStreams,
  endOfStream,
];
