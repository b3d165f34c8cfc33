import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { parseSocketTable, socketsHeld } from './socket-table.ts';

describe('the socket table of the kernel', () => {
  test('is read with its ports, states and inodes, for both versions of IP', () => {
    const text = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0',
      '   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C350 08 00000000:00000001 00:00000000 00000000     0        0 4712 1',
      '',
    ].join('\n');
    expect(parseSocketTable(text)).toEqual([
      { localPort: 8080, remotePort: 0, state: 'listen', inode: '4711' },
      { localPort: 8080, remotePort: 50_000, state: 'close-wait', inode: '4712' },
    ]);
  });

  test.runIf(process.platform === 'linux')(
    'counts what a server holds: open connections, and those that only the client has closed',
    async () => {
      const accepted: Socket[] = [];
      const server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(socket.on('error', () => {})));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as { port: number };
      const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
      try {
        await Promise.all(clients.map((client) => once(client, 'connect')));
        expect(await socketsHeld(port)).toBe(2);
        clients[0]?.end();
        await expect.poll(() => socketsHeld(port)).toBe(2);
        for (const socket of accepted) socket.end();
        await expect.poll(() => socketsHeld(port)).toBeLessThan(2);
      } finally {
        for (const socket of [...clients, ...accepted]) socket.destroy();
        server.close();
      }
      await expect.poll(() => socketsHeld(port)).toBe(0);
    },
  );
});
