import { connect, constants } from 'node:http2';
import { systemClock } from '@ssert/protocol/system';
import { expect, onTestFinished, test } from 'vitest';
import { type Http2Answer, Stage } from './stage.ts';

interface Seen {
  readonly frames: string[];
  readonly rstCode: number;
  readonly goneAway: boolean;
}

/** What one request over HTTP/2 gets. */
async function seenOf(stage: Stage, ending: Http2Answer['ending']): Promise<Seen> {
  const ca = await stage.readyHttp2();
  const { url } = stage.scene({ http2: [{ body: 'data: x\n\n', ending }] });
  const session = connect(url, { ca });
  let goneAway = false;
  session.on('goaway', () => {
    goneAway = true;
  });
  session.on('error', () => undefined);
  const stream = session.request({ ':path': new URL(url).pathname });
  const frames: string[] = [];
  stream.on('data', (frame: Buffer) => frames.push(frame.toString()));
  stream.on('error', () => undefined);
  await new Promise((closed) => stream.once('close', closed));
  session.destroy();
  return { frames, rstCode: stream.rstCode ?? 0, goneAway };
}

test('over HTTP/2 every byte comes in a frame of its own, and the stream ends as its answer says', async () => {
  const stage = await Stage.open(systemClock);
  onTestFinished(() => stage.close());
  const frames = [...'data: x\n\n'];
  expect(await seenOf(stage, 'end')).toEqual({ frames, rstCode: constants.NGHTTP2_NO_ERROR, goneAway: false });
  expect(await seenOf(stage, 'reset')).toEqual({ frames, rstCode: constants.NGHTTP2_INTERNAL_ERROR, goneAway: false });
  expect(await seenOf(stage, 'go-away')).toMatchObject({ frames, goneAway: true });
});
