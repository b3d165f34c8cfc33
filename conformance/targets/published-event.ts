/** What `POST /publish` of every target takes. */
export interface PublishedEvent {
  data: string;
  event?: string;
  id?: string;
  /** Milliseconds; whatever number comes is handed on, so that the library decides. */
  retry?: number;
}

/** Reads a parsed body. @returns the event, or a sentence that says what is wrong with it */
export function readPublishedEvent(body: unknown): PublishedEvent | string {
  if (typeof body !== 'object' || body === null) return 'the body is no JSON object';
  const { data, event, id, retry } = body as Record<string, unknown>;
  if (typeof data !== 'string') return 'data is no string';
  if (event !== undefined && typeof event !== 'string') return 'event is no string';
  if (id !== undefined && typeof id !== 'string') return 'id is no string';
  if (retry !== undefined && typeof retry !== 'number') return 'retry is no number';
  return {
    data,
    ...(event === undefined ? {} : { event }),
    ...(id === undefined ? {} : { id }),
    ...(retry === undefined ? {} : { retry }),
  };
}
