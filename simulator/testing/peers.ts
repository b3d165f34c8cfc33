import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';

/** One end of a connection: what it got, and how it ended. */
export class Peer {
  readonly socket: Socket;
  /** What came, chunk by chunk. */
  readonly chunks: Buffer[] = [];
  end: 'open' | 'fin' | 'rst' = 'open';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.chunks.push(bytes));
    socket.on('end', () => {
      this.end = 'fin';
    });
    socket.on('error', () => {
      this.end = 'rst';
    });
    onTestFinished(() => void socket.destroy());
  }

  /** Connects to a port of this machine. */
  static async connect(port: number): Promise<Peer> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const peer = new Peer(socket);
    await once(socket, 'connect').catch(() => undefined);
    return peer;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  get bytes(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0);
  }

  async has(text: string): Promise<void> {
    await expect.poll(() => this.text, { timeout: 5000, interval: 2 }).toBe(text);
  }

  async hasBytes(count: number): Promise<void> {
    await expect.poll(() => this.bytes, { timeout: 5000, interval: 2 }).toBeGreaterThanOrEqual(count);
  }

  async ends(how: 'fin' | 'rst'): Promise<void> {
    await expect.poll(() => this.end, { timeout: 5000, interval: 2 }).toBe(how);
  }
}

/** A server of plain bytes; gone when the test is over. */
export class PlainServer {
  readonly port: number;
  readonly peers: Peer[];

  private constructor(port: number, peers: Peer[]) {
    this.port = port;
    this.peers = peers;
  }

  static async start(): Promise<PlainServer> {
    const peers: Peer[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => void peers.push(new Peer(socket))).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return new PlainServer((server.address() as { port: number }).port, peers);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Its end of the latest connection, once there are so many. */
  async peer(count = 1): Promise<Peer> {
    await expect.poll(() => this.peers.length, { timeout: 5000, interval: 2 }).toBe(count);
    return this.peers[count - 1] as Peer;
  }
}
