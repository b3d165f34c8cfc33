import type { PlainRequest } from '../plain-server.ts';

export const asksForStream = ({ path, method }: PlainRequest): boolean => path === '/stream' && method === 'GET';

/** Runs jobs one after the other, each after a pause; those are passed over that nobody wants any more. */
export function inTurn(pauseMs: number): (job: () => void, isWanted?: () => boolean) => void {
  const waiting: { readonly job: () => void; readonly isWanted: () => boolean }[] = [];
  let isBusy = false;
  const next = (): void => {
    let turn = waiting.shift();
    while (turn !== undefined && !turn.isWanted()) turn = waiting.shift();
    isBusy = turn !== undefined;
    if (turn === undefined) return;
    const { job } = turn;
    setTimeout(() => {
      job();
      next();
    }, pauseMs);
  };
  return (job, isWanted = () => true) => {
    waiting.push({ job, isWanted });
    if (!isBusy) next();
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
