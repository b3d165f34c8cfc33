import type { Random } from '@ssert/protocol';
import { exponential } from '../../chance/distributions.ts';
import type { Fired, Stage } from '../piece.ts';

/** Flips one bit of a byte, `everyBytes` bytes apart on average. What it is given stays as it is. */
export function corruption(everyBytes: number, random: Random, fired: Fired): Stage {
  const gap = (): number => Math.max(1, Math.round(exponential(random, everyBytes)));
  let intact = gap() - 1;
  return ({ bytes, atMs }) => {
    if (intact >= bytes.length) {
      intact -= bytes.length;
      return [{ bytes, atMs }];
    }
    const spoilt = Uint8Array.from(bytes);
    let at = intact;
    for (; at < spoilt.length; at += gap()) {
      spoilt[at] = (spoilt[at] as number) ^ (1 << Math.floor(random.next() * 8));
      fired();
    }
    intact = at - spoilt.length;
    return [{ bytes: spoilt, atMs }];
  };
}
