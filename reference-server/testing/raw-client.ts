import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';

/** A client that sends bytes as they are and reads only while it is told to. */
export class RawClient {
  readonly socket: Socket;
  received = '';
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Connects and sends a request; its lines end with CRLF, added here. */
  static async send(port: number, ...lines: string[]): Promise<RawClient> {
    const client = await RawClient.connect(port);
    client.socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    return client;
  }

  /** Opens an event stream. */
  static async open(port: number, path: string, version = '1.1'): Promise<RawClient> {
    const client = await RawClient.send(port, `GET ${path} HTTP/${version}`, 'Host: 127.0.0.1');
    await client.has(': open');
    return client;
  }

  async has(text: string): Promise<void> {
    await expect.poll(() => this.received, { timeout: 5000, interval: 5 }).toContain(text);
  }

  async isClosed(): Promise<void> {
    await expect.poll(() => this.closed, { timeout: 5000, interval: 5 }).toBe(true);
  }
}
