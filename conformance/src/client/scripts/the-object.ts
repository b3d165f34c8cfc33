import type { ClientScript } from '../client-script.ts';

/** The constants of the states, and what becomes of them when somebody assigns to them. */
export const readsConstants: ClientScript = ({ EventSource }, url, note) => {
  const source = new EventSource(url);
  for (const [where, holder] of [
    ['the constructor', EventSource],
    ['an object', source],
  ] as const) {
    const values = holder as unknown as Record<string, number>;
    for (const name of ['CONNECTING', 'OPEN', 'CLOSED']) {
      const before = values[name] ?? null;
      note(`${name} of ${where}`, before);
      try {
        values[name] = 7;
      } catch {
        // As a module sees it; other code is told nothing.
      }
      note(`${name} of ${where} after 7 was assigned to it`, values[name] ?? null);
      if (values[name] !== before && before !== null) values[name] = before;
    }
  }
  return () => source.close();
};

/** Members, their types and defaults, and what can be made of the constructor. */
export const readsShape: ClientScript = ({ EventSource }, url, note) => {
  const source = new EventSource(url);
  const members = source as unknown as Record<string, unknown>;
  note(
    'members',
    ['url', 'withCredentials', 'readyState', 'close'].map((name) => `${name}: ${typeof members[name]}`),
  );
  const handlers = ['onopen', 'onmessage', 'onerror'];
  note(
    'handlers before one is set',
    handlers.map((name) => (members[name] === null ? null : typeof members[name])),
  );
  note('it is an EventTarget', source instanceof EventTarget);
  for (const name of ['url', 'withCredentials', 'readyState']) {
    const before = members[name];
    try {
      members[name] = 'else';
    } catch {
      // As a module sees it; other code is told nothing.
    }
    note(`${name} keeps its value when another is assigned`, members[name] === before);
  }
  try {
    (EventSource as unknown as (url: string) => void)(url);
    note('a call without new', 'nothing was thrown');
  } catch (error) {
    note('a call without new', (error as Error).name);
  }
  class Derived extends EventSource {
    more = 'more';
  }
  const derived = new Derived(url);
  note('a subclass', [derived instanceof EventSource, derived instanceof Derived, derived.more, derived.url === url]);
  const prototype = EventSource.prototype as unknown as Record<string, unknown>;
  prototype.ssertAdded = () => 'added';
  note('a method added to the prototype', (members.ssertAdded as (() => string) | undefined)?.() ?? null);
  delete prototype.ssertAdded;
  return () => {
    source.close();
    derived.close();
  };
};

/** A URL that does not parse, as every parser of URLs has it. */
export const givesBadUrl: ClientScript = ({ EventSource }, _, note) => {
  try {
    const source = new EventSource('http://[no address/');
    note('what was thrown', null);
    return () => source.close();
  } catch (error) {
    note('what was thrown', (error as Error).name);
    note('it is a DOMException', error instanceof DOMException);
    return undefined;
  }
};

/** URLs that can be written in more than one way. */
export const readsUrl: ClientScript = ({ EventSource }, url, note) => {
  const sources = [url, `${url}/a/../../${url.split('/').at(-1)}`].map((one) => new EventSource(one));
  note('the url of an absolute URL', sources[0]?.url ?? null);
  note('the url of one with dots in its path', sources[1]?.url ?? null);
  return () => {
    for (const source of sources) source.close();
  };
};

/** URLs that are resolved against the page's. */
export const readsRelativeUrl: ClientScript = ({ EventSource }, url, note) => {
  const { pathname, origin } = new URL(url);
  const page = globalThis as unknown as { location: { href: string } };
  const relative = new EventSource(`${pathname.slice(1)}/below`);
  const empty = new EventSource('');
  note('the url of a relative URL', relative.url.replace(origin, ''));
  note('an empty URL is that of the page', empty.url === page.location.href);
  return () => {
    relative.close();
    empty.close();
  };
};

/** Arguments that are no strings. */
export const givesNoString: ClientScript = ({ EventSource }, url, note) => {
  const sources: EventSource[] = [];
  for (const [what, value] of [
    ['an object with toString', { toString: () => url }],
    ['1', 1],
    ['null', null],
    ['undefined', undefined],
  ] as const) {
    try {
      const source = new EventSource(value as unknown as string);
      sources.push(source);
      note(what, `is ${source.url}`);
    } catch (error) {
      note(what, `throws ${(error as Error).name}`);
    }
  }
  return () => {
    for (const source of sources) source.close();
  };
};

/** The option, and its default. */
export const readsWithCredentials: ClientScript = ({ EventSource }, url, note) => {
  const options = [undefined, {}, { withCredentials: false }, { withCredentials: true }];
  const sources = options.map((one) => new EventSource(url, one));
  note(
    'withCredentials without options, with none set, with false, with true',
    sources.map((one) => one.withCredentials),
  );
  return () => {
    for (const source of sources) source.close();
  };
};
