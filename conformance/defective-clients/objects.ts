import type { ClientReport } from '../src/client/index.ts';
import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-behaviour.ts';
import { LiteralEventSource } from './literal-event-source.ts';

/** A client that hands this constructor to the scripts of the suite. */
export function exposing(EventSource: unknown): Partial<ClientBehaviour> {
  return { capabilities: [...literally.capabilities, 'event-source-interface'], exposes: { EventSource } };
}

/** With the states of XMLHttpRequest. */
class OtherStates extends LiteralEventSource {
  static readonly CONNECTING = 1;
}

class OpenToAll extends LiteralEventSource {
  override get readyState(): 0 | 1 | 2 {
    return this.own;
  }
  override set readyState(state: 0 | 1 | 2) {
    this.own = state;
  }
  own: 0 | 1 | 2 = 0;
}

class TakesAnyUrl extends LiteralEventSource {
  constructor(url: string) {
    super(URL.canParse(url) ? url : 'http://127.0.0.1:1/');
  }
}

class AsGiven extends LiteralEventSource {
  readonly #given: string;
  constructor(url: string) {
    super(url);
    this.#given = url;
  }
  override get url(): string {
    return this.#given;
  }
}

class AlwaysWithCredentials extends LiteralEventSource {
  override get withCredentials(): boolean {
    return true;
  }
}

class BareEvents extends LiteralEventSource {
  protected override makeEvent(report: ClientReport, origin: string): Event {
    if (report.kind !== 'event') return super.makeEvent(report, origin);
    return Object.assign(new Event(report.type), { data: report.data, lastEventId: report.id, origin });
  }
}

/** A handler that was set once stays. */
class KeepsHandlers extends LiteralEventSource {
  protected override setHandler(type: string, handler: ((event: Event) => void) | null): void {
    super.setHandler(type, handler ?? this.handler(type));
  }
}

class MessageHandlerForAll extends LiteralEventSource {
  override dispatchEvent(event: Event): boolean {
    const goesOn = super.dispatchEvent(event);
    if (event instanceof MessageEvent && event.type !== 'message') this.onmessage?.(event);
    return goesOn;
  }
}

class KeepsListeners extends LiteralEventSource {
  override removeEventListener(): void {}
}

/** Listeners get a copy, of another target. */
class HandsOn extends LiteralEventSource {
  override addEventListener(type: string, listener: unknown, options?: { readonly once?: boolean }): void {
    const other = new EventTarget();
    other.addEventListener(type, listener as (event: Event) => void);
    const pass = (event: Event): void => {
      const { data, lastEventId, origin } = event as MessageEvent;
      other.dispatchEvent(
        event instanceof MessageEvent ? new MessageEvent(type, { data, lastEventId, origin }) : new Event(type),
      );
    };
    super.addEventListener(type, pass, options);
  }
}

export const objectDefects: readonly ClientDefect[] = [
  { name: 'counts its states otherwise', behaviour: exposing(OtherStates), breaks: 'lifecycle/state-constants' },
  { name: 'lets its state be set', behaviour: exposing(OpenToAll), breaks: 'lifecycle/interface-shape' },
  { name: 'takes any URL', behaviour: exposing(TakesAnyUrl), breaks: 'lifecycle/bad-url-throws' },
  { name: 'tells the URL as it was given', behaviour: exposing(AsGiven), breaks: 'lifecycle/url-is-resolved' },
  {
    name: 'always sends credentials',
    behaviour: exposing(AlwaysWithCredentials),
    breaks: 'lifecycle/with-credentials-attribute',
  },
  { name: 'makes plain events of messages', behaviour: exposing(BareEvents), breaks: 'lifecycle/message-event' },
  { name: 'keeps a handler for good', behaviour: exposing(KeepsHandlers), breaks: 'lifecycle/handler-attributes' },
  {
    name: 'gives every type to onmessage',
    behaviour: exposing(MessageHandlerForAll),
    breaks: 'lifecycle/onmessage-is-for-message',
  },
  {
    name: 'keeps listeners that were removed',
    behaviour: exposing(KeepsListeners),
    breaks: 'lifecycle/listeners-can-leave',
  },
  { name: 'hands copies of events on', behaviour: exposing(HandsOn), breaks: 'lifecycle/event-target' },
];
