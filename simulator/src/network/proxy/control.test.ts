import { expect, onTestFinished, test } from 'vitest';
import { network } from '../../../testing/network.ts';
import { startControl } from './control.ts';

async function controlled() {
  const one = await network({ down: { latencyMs: 5 } });
  const control = await startControl(one.chaos, 0);
  onTestFinished(() => control.close());
  const send = async (method: string, path: string, body?: string, type = 'application/json') => {
    const headers = body === undefined ? {} : { 'Content-Type': type };
    const answer = await fetch(`${control.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, json: await answer.json() };
  };
  return { ...one, send };
}

test('the state can be read', async () => {
  const { send, server, join } = await controlled();
  await join();
  expect(await send('GET', '/')).toMatchObject({
    status: 200,
    json: { seed: 7, target: server.url, open: 1, connections: 1, faults: { down: { latencyMs: 5 }, gzip: false } },
  });
});

test('faults can be replaced, also by a preset with differences', async () => {
  const { send, chaos } = await controlled();
  await send('PUT', '/faults', '{"preset": "mobile", "down": {"stallMs": 9000}}');
  expect(chaos.state().faults).toMatchObject({ lifeEnds: 'silence', down: { latencyMs: 90, stallMs: 9000 } });
  await send('PUT', '/faults', '{}');
  expect(chaos.state().faults.down.latencyMs).toBe(0);
});

test('connections can be cut', async () => {
  const { send, join } = await controlled();
  const { client } = await join();
  expect(await send('POST', '/cut', '{"by": "rst"}')).toEqual({ status: 200, json: { cut: 1 } });
  await client.ends('rst');
});

test.each([
  ['PUT', '/faults', '{"down": {"latency": 5}}', 400, /down\.latency is "5"; give one of latencyMs .* instead/],
  ['PUT', '/faults', '{"down": {"latencyMs": -1}}', 400, /down\.latencyMs is -1; give a whole number of ms from 0/],
  ['PUT', '/faults', '{"preset": "toString"}', 400, /preset is "toString"; give one of mobile /],
  ['PUT', '/faults', '{"down": {"stallMs": 5}}', 400, /down\.stallEveryMs is 0; give the time between stalls/],
  ['PUT', '/faults', '[]', 400, /faults is "\[\]"; give an object/],
  ['PUT', '/faults', '{', 400, /the body is no JSON/],
  ['POST', '/cut', '{"by": "axe"}', 400, /by is "axe"; give one of rst fin mid-frame silence/],
  ['POST', '/cut', 'null', 400, /by is undefined/],
  ['POST', '/faults', '{}', 404, /PUT \/faults replaces the faults/],
])('%s %s %s is refused with what to change', async (method, path, body, status, error) => {
  const { send, chaos } = await controlled();
  expect(await send(method, path, body)).toEqual({ status, json: { error: expect.stringMatching(error) } });
  expect(chaos.state().faults.down.latencyMs).toBe(5);
});

test('a page of another origin cannot send a form to it', async () => {
  const { send } = await controlled();
  expect(await send('POST', '/cut', '{"by": "rst"}', 'text/plain')).toMatchObject({ status: 415 });
});
