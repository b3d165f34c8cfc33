import { once } from 'node:events';
import { connect } from 'node:net';
import { systemClock } from '@ssert/protocol/system';
import { expect, onTestFinished, test } from 'vitest';
import { ok } from '../script.ts';
import { Stage } from './stage.ts';

async function opened(): Promise<Stage> {
  const stage = await Stage.open(systemClock);
  onTestFinished(() => stage.close());
  return stage;
}

/** The first bytes that come back for these requests on one connection. */
async function firstOf(origin: string, ...targets: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  for (const target of targets) socket.write(`GET ${target} HTTP/1.1\r\nHost: stage\r\n\r\n`);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

test('a scene is there at each origin of the stage, and tells what another one is called', async () => {
  const stage = await opened();
  const scene = stage.scene({ scripts: [ok('data: a\n\n'), ok('data: b\n\n')] });
  const { pathname } = new URL(scene.url);
  expect(await firstOf(scene.origin, pathname)).toContain('data: a\n\n');
  expect(await firstOf(scene.neighbour, pathname)).toContain('data: b\n\n');
  expect(scene.neighbour).not.toBe(scene.origin);
  expect(scene.requests[0]?.elsewhere).toBe(new URL(scene.neighbour).host.replace('127.0.0.1', 'localhost'));
});

test('a scene that is over answers nobody, so that a client which does not stop does not flood the others', async () => {
  const stage = await opened();
  const scene = stage.scene({ scripts: [ok('data: a\n\n')] });
  scene.close();
  expect(await firstOf(scene.origin, new URL(scene.url).pathname, '/')).toContain('text/html');
  expect(scene.requests).toEqual([]);
});
