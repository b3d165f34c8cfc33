import type { Problem } from './problem.ts';

/** What a response means for the stream (HTML 9.2.3, "process response"). */
export type Verdict =
  | { readonly kind: 'accepted' }
  /** The server asks to stop: 204. */
  | { readonly kind: 'over' }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Judges a response by its status and type alone; its body is not touched. */
export function judgeResponse({ status, headers }: Pick<Response, 'status' | 'headers'>): Verdict {
  if (status === 204) return { kind: 'over' };
  if (status !== 200) {
    return {
      kind: 'refused',
      problem: { kind: 'status', status, message: `the server answered with status ${status}` },
    };
  }
  const type = headers.get('content-type');
  const essence = type?.split(';', 1)[0]?.trim().toLowerCase();
  if (essence === 'text/event-stream') return { kind: 'accepted' };
  const message = type === null ? 'the answer has no Content-Type' : `the answer is ${type}, not text/event-stream`;
  return { kind: 'refused', problem: { kind: 'content-type', status, message } };
}
