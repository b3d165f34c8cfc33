import { systemClock } from '@ssert/protocol/system';
import { afterEach, expect, test } from 'vitest';
import { type PlainServer, startPlainServer } from '../../../defects/plain-server.ts';
import { efforts } from '../../effort.ts';
import { run } from '../../run.ts';
import { headAnswered } from './methods.ts';

const servers: PlainServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

test('bytes behind the answer to HEAD are told, shown, and asked for without curl, which hides them', async () => {
  const server = await startPlainServer({
    answer: ({ method, socket }) => {
      if (method !== 'HEAD') return undefined;
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\r\n');
      return 'no answer';
    },
  });
  servers.push(server);
  const options = { rules: [headAnswered], clock: systemClock, seed: 1, effort: efforts.quick };
  for await (const event of run({ stream: `${server.url}/stream` }, options)) {
    if (event.kind !== 'result') continue;
    expect(event.result).toMatchObject({
      verdict: 'fail',
      message: 'behind the header block that ends the answer to HEAD come 2 bytes or more: "\\r\\n"',
      evidence: { bytes: { hex: '0d0a', mark: [0, 2] } },
    });
    const [command] = event.result.reproduce?.split('\n') ?? [];
    expect(command).toBe(
      `printf '%s\\r\\n' 'HEAD /stream HTTP/1.1' 'Host: 127.0.0.1:${server.port}' 'Accept: text/event-stream' 'Cache-Control: no-store' '' | bash -c 'exec 3<>/dev/tcp/$0/$1; cat >&3; cat <&3 & sleep 1; kill $!' 127.0.0.1 ${server.port} | od -c`,
    );
  }
});
