import type { ClientScript, Noted } from '../client-script.ts';

/** The first message as an object. */
export const looksAtMessage: ClientScript = ({ EventSource }, url, note) => {
  const source = new EventSource(url);
  source.addEventListener('message', (event) => {
    // A library may have a class of its own of this name.
    note('its interface', event.constructor.name);
    note('type, data and lastEventId', [event.type, event.data, event.lastEventId]);
    note('origin', event.origin);
    note('it bubbles, it can be cancelled', [event.bubbles, event.cancelable]);
    note('timeStamp is a number above 0', typeof event.timeStamp === 'number' && event.timeStamp > 0);
    note('isTrusted', event.isTrusted);
  });
  return () => source.close();
};

/** Handlers that are set, replaced and taken away between messages, while a listener stays. */
export const changesHandlers: ClientScript = ({ EventSource }, url, note) => {
  const source = new EventSource(url);
  const heard = { listener: [] as Noted[], first: [] as Noted[], second: [] as Noted[] };
  const hear =
    (who: keyof typeof heard) =>
    (event: { data: string }): void => {
      heard[who].push(event.data);
      note(`messages of the ${who}${who === 'listener' ? '' : ' handler'}`, [...heard[who]]);
    };
  const first = hear('first');
  source.addEventListener('message', hear('listener'));
  source.onmessage = first;
  const noteHandler = (when: string): void => note(when, source.onmessage === null ? null : typeof source.onmessage);
  const steps = [
    () => {
      source.onmessage = hear('second');
    },
    () => {
      source.onmessage = null;
      noteHandler('onmessage once it was set to null');
    },
    () => {
      source.onmessage = 'no function' as never;
      noteHandler('onmessage once it was set to a string');
    },
    () => {
      source.onmessage = first;
      note('onmessage reads what it was set to', source.onmessage === (first as unknown));
    },
  ];
  source.addEventListener('step', () => {
    try {
      steps.shift()?.();
    } catch (error) {
      note('what setting onmessage threw', String(error));
    }
  });
  return () => source.close();
};

/** How often handlers and listeners run. */
export const countsHandlers: ClientScript = ({ EventSource }, url, note) => {
  const source = new EventSource(url);
  const counts: Record<string, number> = {};
  const count = (who: string) => (): void => {
    counts[who] = (counts[who] ?? 0) + 1;
    note(`calls of ${who}`, counts[who]);
  };
  source.onopen = count('onopen');
  source.onerror = count('onerror');
  source.addEventListener('open', count('a listener for open'));
  source.addEventListener('error', count('a listener for error'));
  return () => source.close();
};

/** What a handler of messages gets of messages and of others. */
export const handlesMessages: ClientScript = ({ EventSource }, url, note) => {
  const source = new EventSource(url);
  const heard: Noted[] = [];
  source.onmessage = ({ data }) => {
    heard.push(data);
    note('what onmessage got', [...heard]);
  };
  return () => source.close();
};

/** Listeners that leave between messages: by themselves, by a signal, after one call. */
export const removesListeners: ClientScript = ({ EventSource }, url, note) => {
  const source = new EventSource(url);
  const hear = (who: string) => {
    const heard: Noted[] = [];
    return (event: unknown): void => {
      heard.push((event as { data: string }).data);
      note(who, [...heard]);
    };
  };
  const removed = hear('one that was removed');
  const abort = new AbortController();
  source.addEventListener('message', hear('one that stayed'));
  source.addEventListener('message', removed);
  source.addEventListener('message', hear('one with once'), { once: true });
  source.addEventListener('message', hear('one with a signal'), { signal: abort.signal });
  source.addEventListener('step', () => {
    source.removeEventListener('message', removed);
    abort.abort();
  });
  return () => source.close();
};

/** Whose events they are. */
export const looksAtTargets: ClientScript = ({ EventSource }, url, note) => {
  const source = new EventSource(url);
  for (const type of ['open', 'message', 'error']) {
    source.addEventListener(type, (event) => {
      note(`target of ${type}`, event.target === source);
      note(`currentTarget of ${type}`, event.currentTarget === source);
    });
  }
  return () => source.close();
};
