import { spawn } from 'node:child_process';
import { rawServer } from './raw-server.ts';

/** What an EventSource in a page of Chromium tells of a response: its events, or error. */
export async function inChromium(response: string): Promise<string> {
  const script = `const told = []; const source = new EventSource('/stream');
    source.onmessage = ({ data }) => told.push(data);
    source.onerror = () => told.push('error');
    setTimeout(() => fetch('/told?' + encodeURIComponent(told.join(', '))), 1500);`;
  const page = `<!doctype html><link rel="icon" href="data:,"><script>${script}</script>`;
  const told = Promise.withResolvers<string>();
  const server = await rawServer((_, head) => {
    if (head.startsWith('GET /stream')) return { bytes: response };
    const [, answer] = /^GET \/told\?(\S*)/.exec(head) ?? [];
    if (answer !== undefined) told.resolve(decodeURIComponent(answer));
    return {
      bytes: `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`,
    };
  });
  const chromium = spawn(
    process.env.CHROMIUM ?? '/usr/bin/chromium',
    ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-port=0', server.url],
    { stdio: 'ignore', detached: true },
  );
  const seen = await told.promise;
  process.kill(-(chromium.pid as number), 'SIGKILL');
  server.close();
  return seen === '' ? 'nothing' : seen;
}
