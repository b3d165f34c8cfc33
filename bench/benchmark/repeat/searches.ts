import type { Answer } from './agreement.ts';

/**
 * Searches one after another.
 * @param search gives undefined where it was interrupted
 * @param signal aborts with Ctrl-C: a search that it ends early may look like one that found nothing
 */
export async function searchesInTurn(
  times: number,
  search: (time: number) => Promise<Answer | undefined>,
  signal: AbortSignal,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let time = 1; time <= times && !signal.aborted; time += 1) {
    const answer = await search(time).catch((error: Error) => {
      if (!signal.aborted) throw error;
    });
    if (!answer || (signal.aborted && !answer.capacity)) break;
    answers.push(answer);
  }
  return answers;
}
