import { Body, Controller, Get, HttpCode, HttpException, type MessageEvent, Post, Sse } from '@nestjs/common';
import { finalize, type Observable, Subject } from 'rxjs';
import { readPublishedEvent } from '../published-event.ts';

@Controller()
export class AppController {
  readonly #events = new Subject<MessageEvent>();
  #openStreams = 0;

  @Sse('events')
  events(): Observable<MessageEvent> {
    this.#openStreams += 1;
    return this.#events.pipe(
      finalize(() => {
        this.#openStreams -= 1;
      }),
    );
  }

  @Post('publish')
  @HttpCode(204)
  publish(@Body() body: unknown): void {
    const published = readPublishedEvent(body);
    if (typeof published === 'string') throw new HttpException(published, 400);
    const { event, ...rest } = published;
    this.#events.next({ ...rest, ...(event === undefined ? {} : { type: event }) });
  }

  @Get('stats')
  stats(): { openStreams: number } {
    return { openStreams: this.#openStreams };
  }
}
