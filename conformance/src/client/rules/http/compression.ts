import { constants, crc32, deflateRawSync } from 'node:zlib';
import { rfc } from '../../../spec.ts';
import { skip } from '../../../verdict.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { ClientRule } from '../../client-rule.ts';
import type { ClientContext } from '../../context.ts';
import { message } from '../../expected.ts';
import { scene, sceneRule } from '../../scene-rule.ts';
import { answer, FIN, ok } from '../../script.ts';

/** A gzip file in pieces (RFC 1952): each text in a block of its own that is flushed, and the end of the file. */
function gzipped(...texts: readonly string[]): { readonly blocks: readonly Uint8Array[]; readonly end: Uint8Array } {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const blocks = texts.map((text) => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }));
  const whole = Buffer.from(texts.join(''));
  // An empty last block, then checksum and length of what was compressed.
  const end = Buffer.alloc(10);
  end.writeUInt16LE(3, 0);
  end.writeUInt32LE(crc32(whole), 2);
  end.writeUInt32LE(whole.length, 6);
  return { blocks: [Buffer.concat([header, ...blocks.slice(0, 1)]), ...blocks.slice(1)], end };
}

const { blocks, end } = gzipped('data: a\n\n', 'data: b\n\n', 'data: c\n\n');
const [first = '', second = '', third = ''] = blocks;
const head = ['Content-Type: text/event-stream', 'Content-Encoding: gzip'];
const events = [message('a'), message('b'), message('c')];

const decoding = sceneRule('http/content-encoding', 'CH-17', {
  title: 'A compressed stream',
  statement: 'A client that offers gzip decodes it, and delivers each event when its block is there.',
  spec: [rfc(9110, '8.4'), rfc(9110, '12.5.3')],
  cases: [
    // Whoever waits for the next block, or for the end of the file, never gets the last event.
    { label: 'blocks that are flushed', ...scene(answer('200 OK', head, first, 200, second, 200, third)), events },
    {
      label: 'a file that ends',
      ...scene(answer('200 OK', head, first, second, third, end, FIN)),
      events,
    },
  ],
});

async function offersGzip(context: ClientContext): Promise<boolean> {
  const play = context.open(scene(ok()));
  try {
    await play.untilAsked(1);
    const offered = play.asked.flatMap((request) => valuesOf(request, 'accept-encoding')).join();
    return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(offered);
  } finally {
    play.end();
  }
}

export const compression: readonly ClientRule[] = [
  {
    ...decoding,
    judge: async (context) =>
      (await offersGzip(context)) ? decoding.judge(context) : skip('profile', 'the client does not offer gzip'),
  },
];
