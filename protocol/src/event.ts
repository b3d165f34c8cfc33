/** One dispatched event, named as in the standard's `MessageEvent`. */
export interface ServerSentEvent {
  /** The event type; `message` when the stream names none. */
  readonly type: string;
  /** The values of the event's `data` fields, joined by LF. */
  readonly data: string;
  /** The last event ID at this event: it persists until another `id` field changes it. */
  readonly lastEventId: string;
}
