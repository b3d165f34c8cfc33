import type { PlainRequest } from '../plain-server.ts';

export const asksForStream = ({ path, method }: PlainRequest): boolean => path === '/stream' && method === 'GET';

/** Runs jobs one after the other, each after a pause. */
export function inTurn(pauseMs: number): (job: () => void) => void {
  let freeAtMs = 0;
  return (job) => {
    freeAtMs = Math.max(freeAtMs, performance.now()) + pauseMs;
    setTimeout(job, freeAtMs - performance.now());
  };
}

/** Answers one path by hand. */
export const byHand =
  (wanted: (request: PlainRequest) => boolean, response: string, ends = false) =>
  (request: PlainRequest): 'no answer' | undefined => {
    if (!wanted(request)) return undefined;
    request.socket.write(response);
    if (ends) request.socket.end();
    return 'no answer';
  };
