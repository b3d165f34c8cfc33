import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '@ssert/protocol';
import { ok, type Script, type Step } from '../script.ts';
import { RequestReader, type WireRequest } from './request-reader.ts';

/** A request that the stage got, with what became of its connection; times are the clock's, in ms. */
export interface StageRequest extends WireRequest {
  readonly atMs: number;
  /** Host and port that it came to. */
  readonly authority: string;
  /** The path below the scene's own, query included; empty for the scene's URL. */
  readonly path: string;
  /** When the stage was done with its script, or had to stop; undefined before. */
  playedAtMs: number | undefined;
  /** When the client closed or reset the connection by itself; undefined while it has not. */
  leftAtMs: number | undefined;
}

/** What a scene answers: to the first request to its URL, the second, and so on; then an accepted stream that is held. */
export interface Scripts {
  readonly scripts?: readonly Script[];
  /** Answers every request to the scene's URL that `scripts` does not. */
  readonly answers?: (request: StageRequest, nth: number) => Script;
  /** The same for paths below the scene's URL, such as `/target`. */
  readonly below?: Readonly<Record<string, readonly Script[]>>;
}

/** One URL of the stage, with its script and all requests that came for it. */
export class Scene {
  readonly url: string;
  readonly requests: StageRequest[] = [];
  readonly sockets: Set<Socket> = new Set();
  onChange: () => void = () => undefined;
  /** Nothing is answered before it resolves; for clients that must be told more than a URL. */
  ready: Promise<unknown> | undefined;
  readonly #scripts: Scripts;

  constructor(url: string, scripts: Scripts) {
    this.url = url;
    this.#scripts = scripts;
  }

  /** Requests to the scene's own URL. */
  get asked(): StageRequest[] {
    return this.requests.filter(({ path }) => path === '' || path.startsWith('?'));
  }

  scriptFor(request: StageRequest): Script {
    const { scripts = [], answers, below = {} } = this.#scripts;
    const [path = ''] = request.path.split('?');
    const earlier = this.requests.filter((one) => one.path.split('?')[0] === path).length;
    if (path !== '') return below[path]?.[earlier] ?? ok();
    return scripts[earlier] ?? answers?.(request, earlier) ?? ok();
  }

  /** Drops every connection. */
  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

/** What a browser gets at `/`: a page from which streams of the same origin can be opened. */
const blankPage = '<!doctype html><link rel="icon" href="data:,"><title>stage</title>';

/** A server that sends exactly the bytes of a script, and keeps all that comes. Scenes do not touch one another. */
export class Stage {
  readonly #clock: Clock;
  readonly #servers: readonly Server[];
  #addresses: readonly AddressInfo[] = [];
  readonly #scenes = new Map<string, Scene>();
  readonly #sockets = new Set<Socket>();
  #opened = 0;

  private constructor(clock: Clock, origins: number) {
    this.#clock = clock;
    this.#servers = Array.from({ length: origins }, () =>
      createServer({ noDelay: true }, (socket) => this.#accept(socket)),
    );
  }

  /**
   * Listens on free ports of the loopback address.
   * @param origins how many; more than one for clients that open few streams to each. Default 1
   */
  static async open(clock: Clock, origins = 1): Promise<Stage> {
    const stage = new Stage(clock, origins);
    for (const server of stage.#servers) server.listen(0, '127.0.0.1', 1024);
    await Promise.all(stage.#servers.map((server) => once(server, 'listening')));
    stage.#addresses = stage.#servers.map((server) => server.address() as AddressInfo);
    return stage;
  }

  /** A new URL of the n-th origin; beyond the last one the count begins anew. */
  scene(scripts: Scripts, nth = 0): Scene {
    this.#opened += 1;
    const path = `/${this.#opened}`;
    const { address, port } = this.#addresses[nth % this.#addresses.length] as AddressInfo;
    const scene = new Scene(`http://${address}:${port}${path}`, scripts);
    this.#scenes.set(path, scene);
    return scene;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = this.#servers.map((server) => once(server, 'close'));
    for (const server of this.#servers) server.close();
    await Promise.all(closed);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A reset by the client shows as the close that follows.
    socket.on('error', () => undefined);
    const reader = new RequestReader((request) => this.#answer(socket, request));
    socket.on('data', (chunk) => reader.push(chunk));
  }

  #answer(socket: Socket, wire: WireRequest): void {
    // A client that has not seen yet that this connection ended may send it elsewhere, and so it counts there (RFC 9112 9.3.1).
    if (socket.writableEnded) return;
    const [, path = '', below = ''] = /^(\/\d+)(.*)$/.exec(wire.target) ?? [];
    const scene = this.#scenes.get(path);
    if (!scene) {
      const [status, page] = wire.target === '/' ? ['200 OK', blankPage] : ['404 Not Found', ''];
      socket.write(`HTTP/1.1 ${status}\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`);
      return;
    }
    const request: StageRequest = {
      ...wire,
      authority: new URL(scene.url).host,
      path: below,
      atMs: this.#clock.now(),
      playedAtMs: undefined,
      leftAtMs: undefined,
    };
    const script = scene.scriptFor(request);
    scene.requests.push(request);
    scene.sockets.add(socket);
    const left = (): void => {
      scene.sockets.delete(socket);
      if (request.playedAtMs === undefined || !endsItself(script)) request.leftAtMs ??= this.#clock.now();
      scene.onChange();
    };
    socket.once('end', left);
    socket.once('close', left);
    const play = (): void =>
      this.#play(socket, script, () => {
        request.playedAtMs = this.#clock.now();
        scene.onChange();
      });
    if (scene.ready) void scene.ready.then(play);
    else play();
    scene.onChange();
  }

  #play(socket: Socket, script: Script, done: () => void): void {
    const goOn = (from: number): void => {
      for (let at = from; ; at += 1) {
        const step = script[at];
        if (!step || socket.destroyed) {
          done();
          return;
        }
        if (step.do === 'wait') {
          this.#clock.after(step.ms, () => goOn(at + 1));
          return;
        }
        if (step.do === 'drain') {
          socket.write('', () => goOn(at + 1));
          return;
        }
        perform(socket, step);
      }
    };
    goOn(0);
  }
}

function perform(socket: Socket, step: Exclude<Step, { do: 'wait' | 'drain' }>): void {
  switch (step.do) {
    case 'write':
      socket.write(step.bytes);
      break;
    case 'close':
      socket.end();
      break;
    case 'reset':
      socket.resetAndDestroy();
      break;
  }
}

function endsItself(script: Script): boolean {
  return script.some((step) => step.do === 'close' || step.do === 'reset');
}
