import { createServer, type Socket } from 'node:net';

/** Sends exactly these bytes, and then closes the connection or holds it. */
export interface Answer {
  readonly bytes: string;
  readonly thenClose?: true;
}

/** A plain server on loopback that answers the n-th request, from 1, as it is told; heads come as they were sent. */
export async function rawServer(
  answer: (nth: number, head: string) => Answer,
): Promise<{ readonly url: string; readonly heads: string[]; readonly close: () => void }> {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (head) => {
      heads.push(head.toString('latin1'));
      const { bytes, thenClose } = answer(heads.length, head.toString('latin1'));
      if (thenClose) socket.end(bytes);
      else socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `http://127.0.0.1:${port}/`, heads, close };
}

/** The head of an accepted event stream whose body ends with the connection. */
export const streamHead = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n';

/** Prints what the standard asks for and what came. Exit code 0: it is still so; 1: it is mended. */
export function tell(right: string, seen: string): never {
  process.stdout.write(`right: ${right}\nseen:  ${seen}\n`);
  process.exit(right === seen ? 1 : 0);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
