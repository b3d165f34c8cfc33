import type { Exchange } from '../../access/exchange.ts';
import type { ResponseHead } from '../../judge/response-reader.ts';
import { Undecided } from '../../undecided.ts';

/** The header block of an answer. @throws Undecided where there is none */
export function headOf(exchange: Exchange): ResponseHead {
  if (!exchange.head)
    throw new Undecided(`${exchange.request.method} ${exchange.request.url.pathname} got ${answerOf(exchange)}`);
  return exchange.head;
}

/** Whether an answer only says "not now": too many requests, or overload. It tells nothing about the request. */
export function isBusy({ status }: ResponseHead): boolean {
  return status === 429 || status === 503;
}

/** What came back, for a message: "status 404", "no answer". */
export function answerOf({ head, end }: Exchange): string {
  if (head) {
    const type = head.fields.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
    return type === undefined ? `status ${head.status}` : `status ${head.status} with ${type}`;
  }
  switch (end?.kind) {
    case 'malformed':
      return `what is not HTTP (${end.message})`;
    case 'complete':
    case 'fin':
      return 'a closed connection and no answer';
    case 'reset':
      return 'a reset connection and no answer';
    case 'unreachable':
      return `no connection (${end.message})`;
    case 'closed-here':
    case undefined:
      return 'no answer';
  }
}
