import { systemClock } from '@ssert/protocol/system';
import { afterEach, describe, expect, test } from 'vitest';
import { type Behaviour, endPlainStream, type PlainServer, startPlainServer } from '../../../defects/plain-server.ts';
import { efforts } from '../../effort.ts';
import { run } from '../../run.ts';
import { endlessBodyFraming } from './body-framing.ts';

const servers: PlainServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function judged(behaviour: Partial<Behaviour>): Promise<string> {
  const server = await startPlainServer(behaviour);
  servers.push(server);
  const { url } = server;
  const target = { stream: `${url}/stream`, publish: `${url}/publish`, bounds: { event: 20 } };
  const options = { rules: [endlessBodyFraming], clock: systemClock, seed: 1, effort: efforts.quick };
  for await (const event of run(target, options)) {
    if (event.kind === 'result') return `${event.result.verdict}: ${event.result.message}`;
  }
  return 'nothing';
}

describe('the chunks of published events', () => {
  test('are counted with the events that came in them', async () => {
    expect(await judged({})).toMatch(
      /^pass: chunked, \d+ whole chunks; 20 of 20 events of many sizes arrived in them$/,
    );
  });

  test('are undecided on a server that sends heartbeats and nothing else', async () => {
    expect(await judged({ deliver: () => undefined })).toMatch(/^inconclusive: the first plain event did not come/);
  });

  test('are undecided on a server that sends no event after the first ones', async () => {
    const deliver: Behaviour['deliver'] = (frame, stream, { behaviour }) => {
      if (Buffer.from(frame).includes('ssert-probe-')) behaviour.write(frame, stream);
    };
    expect(await judged({ deliver })).toMatch(/^inconclusive: none of 20 published events arrived/);
  });

  test('are undecided where events came on streams without chunks alone', async () => {
    let ended = false;
    const deliver: Behaviour['deliver'] = (frame, stream, server) => {
      if (!stream.chunked || Buffer.from(frame).includes('ssert-probe-')) server.behaviour.write(frame, stream);
      else {
        ended = true;
        endPlainStream(stream, server);
      }
    };
    expect(await judged({ chunked: () => !ended, deliver, greeting: '', heartbeat: '' })).toBe(
      'inconclusive: a first stream was chunked, and those on which events arrived are close-delimited',
    );
  });
});
