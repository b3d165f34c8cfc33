import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { describe, expect, test } from 'vitest';
import { network } from '../../../testing/network.ts';
import { Peer } from '../../../testing/peers.ts';
import type { GivenFaults } from '../settings.ts';
import { type Chaos, startChaos } from './start-chaos.ts';

/** Waits until the network holds something for later. */
async function holds({ pending }: { readonly pending: () => number }, count = 1): Promise<void> {
  await expect.poll(pending, { timeout: 5000, interval: 2 }).toBeGreaterThanOrEqual(count);
}

/** Whether anything was let through to the client: known at once, where the client itself would need some turns to tell. */
const passed = (chaos: Chaos): boolean => chaos.state().downBytes > 0;

const text = (length: number): string => Array.from({ length }, (_, at) => 'abcdefghij'[at % 10]).join('');

describe('without faults', () => {
  test('bytes and ends pass both ways, each way on its own', async () => {
    const { chaos, join } = await network({});
    const { client, server } = await join();
    client.socket.end('question');
    await server.has('question');
    await server.ends('fin');
    server.socket.write('answer');
    await client.has('answer');
    expect(client.end).toBe('open');
    server.socket.end();
    await client.ends('fin');
    await expect.poll(() => chaos.state().open).toBe(0);
    expect(chaos.state()).toMatchObject({ connections: 1, upBytes: 8, downBytes: 6, fired: {} });
  });

  test('a reset passes', async () => {
    const { join } = await network({});
    const { client, server } = await join();
    server.socket.resetAndDestroy();
    await client.ends('rst');
  });

  test('a target that is not there resets the client', async () => {
    const { chaos, server } = await network({});
    const other = await startChaos({ target: 'http://127.0.0.1:1', seed: 1 });
    const client = await Peer.connect(other.port);
    await client.ends('rst');
    expect(other.state().unreachable).toBe(1);
    await other.close();
    expect([chaos.state().connections, server.peers.length]).toEqual([0, 0]);
  });
});

describe('time', () => {
  test('latency holds bytes back, and the end behind them', async () => {
    const { chaos, clock, join } = await network({ down: { latencyMs: 100 } });
    const { client, server } = await join();
    server.socket.end('late');
    await holds({ pending: () => clock.pending });
    clock.advance(99);
    expect([passed(chaos), client.end]).toEqual([false, 'open']);
    clock.advance(1);
    await client.has('late');
    await client.ends('fin');
  });

  test('a way without latency is not late', async () => {
    const { join } = await network({ down: { latencyMs: 100 } });
    const { client, server } = await join();
    client.socket.write('prompt');
    await server.has('prompt');
  });

  test('a bandwidth lets so many bytes a second pass', async () => {
    const { chaos, clock, join } = await network({ down: { bandwidthBytesPerS: 1000 } });
    const { client, server } = await join();
    server.socket.write(text(3000));
    await holds({ pending: () => clock.pending });
    clock.advance(1000);
    await client.hasBytes(1000);
    expect(chaos.state().downBytes).toBe(1000);
    clock.advance(2000);
    await client.has(text(3000));
  });

  test('a stall holds everything, and lets it go when it is over', async () => {
    const { chaos, clock, join } = await network({ down: { stallEveryMs: 1, stallMs: 60_000 } });
    const { client, server } = await join();
    clock.advance(1000);
    server.socket.write('through the tunnel');
    await holds({ pending: () => clock.pending });
    clock.advance(50_000);
    expect(passed(chaos)).toBe(false);
    clock.advance(11_000);
    await client.has('through the tunnel');
    expect(chaos.state().fired).toEqual({ 'down.stallMs': 1 });
  });

  test('slices arrive one by one, and are the same bytes', async () => {
    const { chaos, clock, join } = await network({ down: { sliceBytes: 3 } });
    const { client, server } = await join();
    server.socket.write(text(300));
    await client.hasBytes(1);
    expect(chaos.state().downBytes).toBeLessThanOrEqual(3);
    clock.advance(10);
    expect(chaos.state().downBytes).toBeLessThanOrEqual(33);
    clock.advance(300);
    await client.has(text(300));
  });
});

describe('ends', () => {
  test.each([
    ['rst', { down: { rstAtByte: 5 } }],
    ['fin', { down: { finAtByte: 5 } }],
  ] as const)('%s comes at its byte, to both sides', async (how, faults) => {
    const { join } = await network(faults);
    const { client, server } = await join();
    server.socket.write('data: half');
    await client.ends(how);
    await client.has('data:');
    await expect.poll(() => server.end).not.toBe('open');
  });

  test('silence lets nothing pass from its byte on, and no end either', async () => {
    const { chaos, clock, join } = await network({ down: { silentAtByte: 5 } });
    const { client, server } = await join();
    server.socket.write('data: half');
    await client.has('data:');
    server.socket.end('more');
    client.socket.write('are you there?');
    await server.has('are you there?');
    expect([client.text, client.end]).toEqual(['data:', 'open']);
    expect(chaos.state().fired).toEqual({ 'down.silentAtByte': 1 });
    clock.advance(900_000);
    await client.ends('rst');
    await server.ends('rst');
  });

  test('a connection cut by silence stays open for both sides, until TCP would give up', async () => {
    const { chaos, clock, join } = await network({});
    const { client, server } = await join();
    expect([chaos.cut('silence'), chaos.cut('rst')]).toEqual([1, 0]);
    client.socket.end('hello?');
    server.socket.write('hello?');
    clock.advance(899_999);
    expect([client.end, client.text, server.end, server.text]).toEqual(['open', '', 'open', '']);
    expect(chaos.state()).toMatchObject({ open: 1, downBytes: 0, upBytes: 0 });
    clock.advance(1);
    await client.ends('rst');
    await server.ends('rst');
  });

  test('a cut in mid-frame passes a part of what comes next', async () => {
    const { chaos, join } = await network({});
    const { client, server } = await join();
    chaos.cut('mid-frame');
    server.socket.write('data: whole\n\n');
    await client.ends('fin');
    expect('data: whole\n\n'.startsWith(client.text)).toBe(true);
    expect(client.text.length).toBeGreaterThan(0);
    expect(client.text.length).toBeLessThan('data: whole\n\n'.length);
  });

  test.each(['rst', 'fin'] as const)('a life ends by %s', async (lifeEnds) => {
    const { clock, join } = await network({ lifeMs: 1000, lifeEnds });
    const { client, server } = await join();
    clock.advance(100_000);
    await client.ends(lifeEnds);
    await server.ends(lifeEnds);
  });

  test('lives are drawn from the seed, one for each connection', async () => {
    const lives = async (seed: number): Promise<number[]> => {
      const { clock, join } = await network({ lifeMs: 1000 }, seed);
      const clients = [await join(), await join(), await join()].map(({ client }) => client);
      const endedAtMs = new Map<Peer, number>();
      for (const client of clients) client.socket.on('error', () => endedAtMs.set(client, clock.now()));
      while (endedAtMs.size < clients.length) {
        const { size } = endedAtMs;
        clock.advance(1);
        if (endedAtMs.size === size) await new Promise(setImmediate);
        if (clock.now() > 20_000) break;
      }
      return clients.map((client) => endedAtMs.get(client) ?? 0);
    };
    const [first, again, other] = [await lives(1), await lives(1), await lives(2)];
    const far = (a: number[], b: number[]): number => Math.max(...a.map((life, at) => Math.abs(life - (b[at] ?? 0))));
    // A reset takes some turns of the event loop, each a millisecond of this clock.
    expect(far(first, again)).toBeLessThan(60);
    expect(far(first, other)).toBeGreaterThan(60);
    expect(new Set(first).size).toBe(3);
  });

  test('an idle timeout ends what is quiet, and any byte puts it off', async () => {
    const { chaos, clock, join } = await network({ idleMs: 1000 });
    const { client, server } = await join();
    clock.advance(900);
    server.socket.write(': heartbeat\n\n');
    await client.has(': heartbeat\n\n');
    clock.advance(999);
    expect(chaos.state().fired).toEqual({});
    clock.advance(1);
    await client.ends('fin');
    await server.ends('fin');
  });
});

describe('a proxy in the way', () => {
  test('holds bytes until there are enough', async () => {
    const { chaos, join } = await network({ down: { holdBytes: 10 } });
    const { client, server } = await join();
    server.socket.write('123456789');
    client.socket.write('ping');
    await server.has('ping');
    await expect.poll(() => chaos.state().fired).toEqual({ 'down.holdBytes': 1 });
    expect(passed(chaos)).toBe(false);
    server.socket.write('0');
    await client.has('1234567890');
    server.socket.end('rest');
    await client.has('1234567890rest');
    await client.ends('fin');
  });

  test('holds bytes for a time, from the first one', async () => {
    const { chaos, clock, join } = await network({ down: { holdForMs: 2000 } });
    const { client, server } = await join();
    server.socket.write('first');
    await holds({ pending: () => clock.pending });
    clock.advance(1999);
    expect(passed(chaos)).toBe(false);
    clock.advance(1);
    await client.has('first');
  });

  test('corrupts bytes and neither adds nor loses any', async () => {
    const { chaos, join } = await network({ down: { corruptEveryBytes: 50 } });
    const { client, server } = await join();
    server.socket.end(text(5000));
    await client.ends('fin');
    const wrong = [...client.text].filter((letter, at) => letter !== text(5000)[at]).length;
    expect(client.bytes).toBe(5000);
    expect(wrong).toBeGreaterThan(50);
    expect(wrong).toBeLessThan(200);
    expect(chaos.state().fired).toEqual({ 'down.corruptEveryBytes': wrong });
  });

  test('resets connections above its limit', async () => {
    const { chaos, join } = await network({ maxConnections: 1 });
    const { client } = await join();
    const second = await Peer.connect(chaos.port);
    await second.ends('rst');
    expect(client.end).toBe('open');
    client.socket.resetAndDestroy();
    await expect.poll(() => chaos.state().open).toBe(0);
    await join();
  });

  test('in an outage resets who comes and leaves alone who is there', async () => {
    const { chaos, join } = await network({});
    const { client, server } = await join();
    chaos.set({ refuse: true });
    await (await Peer.connect(chaos.port)).ends('rst');
    server.socket.write('still here');
    await client.has('still here');
    expect(chaos.state()).toMatchObject({ connections: 2, refused: 1, fired: { refuse: 1 } });
  });

  test('befalls only its share of the connections', async () => {
    const { chaos } = await network({ refuse: true, share: 0.5 });
    const peers = await Promise.all(Array.from({ length: 40 }, () => Peer.connect(chaos.port)));
    await expect.poll(() => chaos.state().connections).toBe(40);
    const { refused } = chaos.state();
    await expect.poll(() => peers.filter(({ end }) => end === 'rst').length).toBe(refused);
    expect(refused).toBeGreaterThan(8);
    expect(refused).toBeLessThan(32);
  });
});

describe('backpressure', () => {
  /** That nothing is taken any more shows in nothing but time. */
  const quietMs = 300;

  /** Writes until nothing is taken for a while. @returns bytes that were written */
  async function fill(server: Peer): Promise<number> {
    const piece = Buffer.alloc(65_536, 'x');
    let written = 0;
    while (written < 64 * 1024 ** 2) {
      written += piece.length;
      if (server.socket.write(piece)) continue;
      const drained = new Promise<boolean>((resolve) => server.socket.once('drain', () => resolve(true)));
      if (!(await Promise.race([drained, sleep(systemClock, quietMs)]))) return written;
    }
    return written;
  }

  test.each<[string, GivenFaults]>([
    ['no fault', {}],
    ['latency', { down: { latencyMs: 1000 } }],
    ['a stall', { down: { stallEveryMs: 1, stallMs: 10_000 } }],
    ['silence', { down: { silentAtByte: 1 } }],
  ])('a reader that stops, stops the server: %s', async (_, faults) => {
    const { clock, join } = await network(faults);
    const { client, server } = await join();
    client.socket.pause();
    clock.advance(500);
    // The kernel's buffers on both sides take some megabytes; a proxy that reads on would take it all.
    expect(await fill(server)).toBeLessThan(32 * 1024 ** 2);
  });
});

describe('changes', () => {
  test('a scenario sets faults and cuts as its times come', async () => {
    const { server, clock } = await network({});
    const chaos = await startChaos({
      target: server.url,
      clock,
      scenario: [
        { atMs: 2000, faults: {} },
        { atMs: 1000, faults: { refuse: true }, cut: 'rst' },
      ],
    });
    const before = await Peer.connect(chaos.port);
    await server.peer(1);
    clock.advance(1000);
    await before.ends('rst');
    await (await Peer.connect(chaos.port)).ends('rst');
    clock.advance(1000);
    await Peer.connect(chaos.port);
    await server.peer(2);
    await chaos.close();
  });

  test('other faults reach connections that are open, and keep the order of what is under way', async () => {
    const { chaos, clock, join } = await network({ down: { latencyMs: 1000 } });
    const { client, server } = await join();
    server.socket.write('slow ');
    await holds({ pending: () => clock.pending });
    chaos.set({});
    server.socket.write('fast');
    client.socket.write('ping');
    await server.has('ping');
    expect(passed(chaos)).toBe(false);
    clock.advance(1000);
    await client.has('slow fast');
  });

  test('a proxy that no longer holds lets go of what it held', async () => {
    const { chaos, join } = await network({ down: { holdBytes: 10_000 } });
    const { client, server } = await join();
    server.socket.write('held');
    await expect.poll(() => chaos.state().fired).toEqual({ 'down.holdBytes': 1 });
    chaos.set({});
    await client.has('held');
  });
});

test.each([
  ['ftp://127.0.0.1', /target is "ftp:\/\/127\.0\.0\.1"; give the address of a server/],
  ['', /target is ""/],
])('a target that cannot be used is named: %j', async (target, message) => {
  await expect(startChaos({ target })).rejects.toThrow(message);
});

test('a later step that would have to read TLS is refused at the start', async () => {
  const scenario = [{ atMs: 1000, faults: { gzip: true } }];
  await expect(startChaos({ target: 'https://127.0.0.1:1', scenario })).rejects.toThrow(/^gzip is true; give it only/);
});
