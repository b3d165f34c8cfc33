import { atMostOnce } from './at-most-once.ts';
import type { Accuse, Checker, Observed } from './checker.ts';
import { closedStaysClosed } from './closed-stays-closed.ts';
import { eventsWhole } from './events-whole.ts';
import { heartbeatsCome } from './heartbeats-come.ts';
import { listenersRemoved } from './listeners-removed.ts';
import { memoryBound } from './memory-bound.ts';
import { nothingLost } from './nothing-lost.ts';
import { oneConnection } from './one-connection.ts';
import { orderKept } from './order-kept.ts';
import { publishingAnswers } from './publishing-answers.ts';
import { queueBounds } from './queue-bounds.ts';
import { reconnectsWait } from './reconnects-wait.ts';
import { resetsDue } from './resets-due.ts';
import { slowPolicy } from './slow-policy.ts';
import { stallsCut } from './stalls-cut.ts';
import { streamsBounded } from './streams-bounded.ts';
import { timersReleased } from './timers-released.ts';

/** Invariants by the name that an accusation carries, each made anew for a run. */
export type Checkers = Readonly<Record<string, (observed: Observed, accuse: Accuse) => Checker>>;

/** Every invariant of a run. */
export const checkers: Checkers = {
  'at-most-once': atMostOnce,
  'closed-stays-closed': closedStaysClosed,
  'events-whole': eventsWhole,
  'heartbeats-come': heartbeatsCome,
  'listeners-removed': listenersRemoved,
  'memory-bound': memoryBound,
  'nothing-lost': nothingLost,
  'one-connection': oneConnection,
  'order-kept': orderKept,
  'publishing-answers': publishingAnswers,
  'queue-bounds': queueBounds,
  'reconnects-wait': reconnectsWait,
  'resets-due': resetsDue,
  'slow-policy': slowPolicy,
  'stalls-cut': stallsCut,
  'streams-bounded': streamsBounded,
  'timers-released': timersReleased,
};
