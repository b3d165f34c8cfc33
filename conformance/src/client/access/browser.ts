import type { Browser, Frame, LaunchOptions, Page } from 'playwright-core';
import type { Capability, OpenOptions } from '../adapter.ts';
import type { HostCommand, HostMessage } from '../hosting.ts';
import { capabilitiesOf, type Subject, type SubjectSource, SubjectUnusable } from '../subject.ts';
import { hostStreams, type PageHost, tellInBatches } from './browser-page.ts';

/** A browser opens six connections to one origin at most, and rules have up to 96 streams at once. */
const origins = 16;

const capabilities = [
  ...['open-event', 'error-event', 'ready-state', 'origin', 'close-in-handler', 'listener-throws'],
  ...['event-source-interface', 'url-attribute', 'base-url', 'browser', 'cors', 'http2'],
  ...['event-type-listeners', 'bom', 'server-directed-shutdown-request'],
];

const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A client that is judged in a page, in place of the page's own EventSource. */
export interface PageClient {
  readonly name: string;
  readonly capabilities: readonly Capability[];
  /** Bundles its adapter for a page, with a call of `hostClient`. */
  readonly script: () => Promise<string>;
}

/** What a page is prepared with. */
export interface PageSettings {
  /** Runs in every window before anything else does; it must stand on nothing outside itself. */
  readonly prepare?: () => void;
  /** Default the page's own EventSource. */
  readonly client?: PageClient;
}

/**
 * The EventSource of a page in Chromium, or another client there. Each subject is a browser context of its own, with its own
 * connections, and all of them share one browser, which ends with the last.
 * @param executablePath default `/usr/bin/chromium`
 */
export function chromiumPage(executablePath = '/usr/bin/chromium', settings: PageSettings = {}): SubjectSource {
  let browser: Promise<Browser> | undefined;
  let subjects = 0;
  const leave = async (): Promise<void> => {
    subjects -= 1;
    if (subjects > 0) return;
    const ending = browser;
    browser = undefined;
    await ending?.then((one) => one.close());
  };
  return {
    name: 'browser:chromium',
    url: 'browser:chromium',
    origins,
    start: async () => {
      browser ??= launch({ executablePath, args: flags });
      subjects += 1;
      try {
        return await openSubject(await browser, leave, settings);
      } catch (error) {
        await leave().catch(() => undefined);
        throw new SubjectUnusable(`Chromium cannot be used: ${(error as Error).message.split('\n')[0]}`);
      }
    },
  };
}

/** The package is there where browsers are judged, and only there. */
async function launch(options: LaunchOptions): Promise<Browser> {
  const { chromium } = await import('playwright-core').catch(() => {
    throw new SubjectUnusable('npm install --save-dev playwright-core');
  });
  return chromium.launch(options);
}

async function openSubject(
  browser: Browser,
  leave: () => Promise<void>,
  { prepare, client }: PageSettings,
): Promise<Subject> {
  // In place of the certificate that a client with `http2` is given to trust.
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const frames = new Map<string, Promise<Frame>>();
  const frameOf = new Map<number, Promise<Frame>>();
  let die: (lastWords: string) => void = () => undefined;
  const death = new Promise<string>((resolve) => {
    die = resolve;
  });
  page.on('crash', () => die('the page crashed'));
  let stopping = false;
  browser.on('disconnected', () => stopping || die('the browser ended'));
  await context.exposeFunction('ssertTell', (messages: string) => {
    for (const message of JSON.parse(messages) as HostMessage[]) subject.onMessage(message);
  });
  if (prepare) await context.addInitScript(prepare);
  await context.addInitScript(tellInBatches);
  await context.addInitScript(client ? { content: `{${await client.script()}}` } : hostStreams);

  /**
   * What opens a stream: a frame of the stream's own origin, so that it needs no leave of the server's and gives no Origin; or a
   * page of another origin, as frames have no cookies in a page that is of no site.
   */
  const opener = ({ url, origin = new URL(url).origin }: OpenOptions, isScripted: boolean): Promise<Frame> => {
    const isForeign = /^https?:/.test(url) && origin !== new URL(url).origin;
    const key = `${isForeign ? 'page' : 'frame'} ${isScripted} ${origin}`;
    const opened = frames.get(key) ?? (isForeign ? openPage(origin).then(mainFrame) : openFrame(origin, isScripted));
    frames.set(key, opened);
    return opened;
  };
  const mainFrame = (one: Page): Frame => one.mainFrame();
  const openPage = async (origin: string): Promise<Page> => {
    const own = await context.newPage();
    own.on('crash', () => die('the page crashed'));
    await own.goto(`${origin}/`);
    return own;
  };
  let scripted: Promise<Page> | undefined;
  const openFrame = async (origin: string, isScripted: boolean): Promise<Frame> => {
    // Below a page without an origin there are no shared workers; below one of the same origin there are dialogs for a 401.
    if (isScripted) scripted ??= openPage(origin);
    const parent = (isScripted && (await scripted)) || page;
    const url = `${origin}/`;
    await parent.evaluate((src) => {
      const { document } = globalThis as unknown as { document: PageDocument };
      const iframe = document.createElement('iframe');
      iframe.src = src;
      return new Promise((loaded) => {
        iframe.onload = loaded;
        document.body.append(iframe);
      });
    }, url);
    const opened = parent.frames().find((one) => one !== parent.mainFrame() && one.url() === url);
    if (!opened) throw new Error(`a frame of ${origin} cannot be opened`);
    return opened;
  };
  const carryOut = async (command: HostCommand): Promise<void> => {
    const { stream } = command;
    if (command.do === 'open') frameOf.set(stream, opener(command.options, command.script !== undefined));
    const target = await frameOf.get(stream);
    if (command.do === 'end') frameOf.delete(stream);
    await target?.evaluate((one) => (globalThis as unknown as PageHost).ssertTake(one), command);
  };
  const subject: Subject = {
    name: `${client?.name ?? 'EventSource'} ${client ? 'in' : 'of'} Chromium ${browser.version()}`,
    capabilities: capabilitiesOf(client?.capabilities ?? capabilities),
    send: (command) => {
      // A page that has just ended tells so by its death.
      void carryOut(command).catch((error: Error) => stopping || die(error.message));
      return undefined;
    },
    onMessage: () => undefined,
    death,
    stop: async () => {
      stopping = true;
      await context.close().catch(() => undefined);
      await leave();
    },
  };
  return subject;
}

/** What of the page's document is used here. */
interface PageDocument {
  readonly body: { append(child: object): void };
  createElement(name: 'iframe'): { src: string; onload: (event: object) => void };
}
