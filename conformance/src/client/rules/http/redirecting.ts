import { FIN, headOf, type Script, verbatim } from '../../script.ts';

/** A redirect with this Location, and what else its head shall say. */
export const to = (status: number, location: string, ...fields: readonly string[]): Script =>
  verbatim(
    headOf(`${status} Moved`, [`Location: ${location}`, ...fields, 'Content-Length: 0', 'Connection: close']),
    FIN,
  );

/** What lets pages of any origin read a response, and tells the browser so. */
export const forAll = 'Access-Control-Allow-Origin: *';

/** A script must know the scene's own path, which the request tells. */
export const path = (target: string): string => /^\/\d+/.exec(target)?.[0] ?? '';
