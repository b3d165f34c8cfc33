import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '@ssert/protocol';
import { ok, type Script, type Step } from '../script.ts';
import { Http2Origin } from './http2-origin.ts';
import { RequestReader, type WireRequest } from './request-reader.ts';

/** A request that the stage got, with what became of its connection; times are the clock's, in ms. */
export interface StageRequest extends WireRequest {
  readonly atMs: number;
  /** Host and port of the scene's URL. */
  readonly authority: string;
  /** The same of another origin, where the stage has the scene as well: another name of this host, and another port. */
  readonly elsewhere: string;
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
  /** In place of all these, over HTTP/2 alone; for clients with `http2`. */
  readonly http2?: readonly Http2Answer[];
}

/** What a scene's requests come by. */
export interface Carrier {
  destroy(): unknown;
}

/** What an accepted stream over HTTP/2 holds, and how it ends: END_STREAM, RST_STREAM, GOAWAY, or not at all. */
export interface Http2Answer {
  readonly body: string;
  readonly ending: 'end' | 'reset' | 'go-away' | 'hold';
}

/** One URL of the stage, with its script and all requests that came for it. */
export class Scene {
  readonly url: string;
  readonly requests: StageRequest[] = [];
  /** Connections, or streams of one. */
  readonly #carriers = new Set<Carrier>();
  onChange: () => void = () => undefined;
  isOver = false;
  /** Nothing is answered before it resolves; for clients that must be told more than a URL. */
  ready: Promise<unknown> | undefined;
  /** Another origin of the same site, where the stage has the scene as well. */
  readonly neighbour: string;
  readonly #scripts: Scripts;

  constructor(url: string, neighbour: string, scripts: Scripts) {
    this.url = url;
    this.neighbour = neighbour;
    this.#scripts = scripts;
  }

  get origin(): string {
    return new URL(this.url).origin;
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

  answerOverHttp2(): Http2Answer {
    return this.#scripts.http2?.[this.requests.length] ?? { body: '', ending: 'hold' };
  }

  /** A request that came by this connection. */
  take(request: StageRequest, carrier: Carrier): void {
    this.requests.push(request);
    this.#carriers.add(carrier);
    this.onChange();
  }

  /** The connection is gone. */
  leave(carrier: Carrier): void {
    this.#carriers.delete(carrier);
    this.onChange();
  }

  /** Drops every connection, and answers nobody any more: a client that does not stop must not flood the scenes of others. */
  close(): void {
    this.isOver = true;
    for (const carrier of this.#carriers) carrier.destroy();
  }
}

/** What a browser gets at `/`: a page from which streams can be opened. Its encoding is that of queries in their URLs, too. */
const blankPage = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>stage</title>';

/** A server that sends exactly the bytes of a script, and keeps all that comes. Scenes do not touch one another. */
export class Stage {
  readonly #clock: Clock;
  readonly #servers: readonly Server[];
  #addresses: readonly AddressInfo[] = [];
  readonly #scenes = new Map<string, Scene>();
  readonly #sockets = new Set<Socket>();
  #http2: Http2Origin | undefined;
  #http2Opening: Promise<Http2Origin> | undefined;
  #opened = 0;

  private constructor(clock: Clock, origins: number) {
    this.#clock = clock;
    this.#servers = Array.from({ length: origins }, () =>
      createServer({ noDelay: true }, (socket) => this.#accept(socket)),
    );
  }

  /**
   * Listens on free ports of the loopback address.
   * @param origins how many, two at least; more for clients that open few streams to each. Default 2
   */
  static async open(clock: Clock, origins = 2): Promise<Stage> {
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
    const [origin, neighbour] = [nth, nth + 1].map((at) => {
      const { address, port } = this.#addresses[at % this.#addresses.length] as AddressInfo;
      return `http://${address}:${port}`;
    }) as [string, string];
    const scene = new Scene((scripts.http2 ? this.#http2?.origin : origin) + path, neighbour, scripts);
    this.#scenes.set(path, scene);
    return scene;
  }

  /**
   * Makes the stage ready for scenes over HTTP/2.
   * @returns the certificate that they are under, PEM
   * @throws Undecided where there can be none
   */
  async readyHttp2(): Promise<string> {
    this.#http2Opening ??= Http2Origin.open(this.#clock, (path) => this.#scenes.get(path), blankPage);
    this.#http2 = await this.#http2Opening;
    return this.#http2.ca;
  }

  async close(): Promise<void> {
    await this.#http2?.close();
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
    if (scene.isOver) return;
    const request: StageRequest = {
      ...wire,
      authority: new URL(scene.url).host,
      elsewhere: `localhost:${new URL(scene.neighbour).port}`,
      path: below,
      atMs: this.#clock.now(),
      playedAtMs: undefined,
      leftAtMs: undefined,
    };
    const script = scene.scriptFor(request);
    scene.take(request, socket);
    const left = (): void => {
      if (request.playedAtMs === undefined || !endsItself(script)) request.leftAtMs ??= this.#clock.now();
      scene.leave(socket);
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
