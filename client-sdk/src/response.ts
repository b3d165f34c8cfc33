import type { Problem } from './problem.ts';

/** Why a response is no event stream (HTML 9.2.3, "process response"), by its status and type alone; else undefined. */
export function refusalOf({ status, headers }: Pick<Response, 'status' | 'headers'>): Problem | undefined {
  if (status !== 200) return { kind: 'status', status, message: `the server answered with status ${status}` };
  const type = headers.get('content-type') ?? 'of no type';
  const [essence] = type.split(';', 1) as [string];
  if (essence.trim().toLowerCase() === 'text/event-stream') return undefined;
  return { kind: 'content-type', status, message: `the answer is ${type}, not text/event-stream` };
}
