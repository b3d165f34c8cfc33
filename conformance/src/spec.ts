/** A place in a standard or another text that a rule follows. */
export interface SpecReference {
  readonly title: string;
  readonly url: string;
}

const htmlSections = {
  'server-sent-events-intro': '9.2.1',
  'the-eventsource-interface': '9.2.2',
  'sse-processing-model': '9.2.3',
  'the-last-event-id-header': '9.2.4',
  'parsing-an-event-stream': '9.2.5',
  'event-stream-interpretation': '9.2.6',
  dispatchMessage: '9.2.6',
  processField: '9.2.6',
  'authoring-notes': '9.2.7',
  'announce-the-connection': '9.2.3',
  'reestablish-the-connection': '9.2.3',
  'fail-the-connection': '9.2.3',
  'concept-event-stream-reconnection-time': '9.2.2',
  'dom-eventsource-close': '9.2.2',
} as const;

/** A section of "Server-sent events" in the HTML standard, by its anchor. */
export function html(anchor: keyof typeof htmlSections): SpecReference {
  return {
    title: `HTML ${htmlSections[anchor]}`,
    url: `https://html.spec.whatwg.org/multipage/server-sent-events.html#${anchor}`,
  };
}

/** The registration of text/event-stream in the HTML standard. */
export const eventStreamRegistration: SpecReference = {
  title: 'HTML 17, text/event-stream',
  url: 'https://html.spec.whatwg.org/multipage/iana.html#text/event-stream',
};

/** A section of an RFC. */
export function rfc(number: number, section: string): SpecReference {
  return { title: `RFC ${number} ${section}`, url: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}` };
}

/** An entry of the Common Weakness Enumeration. */
export function cwe(number: number): SpecReference {
  return { title: `CWE-${number}`, url: `https://cwe.mitre.org/data/definitions/${number}.html` };
}

/** A section of the Encoding standard, by its anchor. */
export function encodingStandard(anchor: string): SpecReference {
  return { title: `Encoding, ${anchor.replaceAll('-', ' ')}`, url: `https://encoding.spec.whatwg.org/#${anchor}` };
}

/** A section of the Fetch standard, by its anchor. */
export function fetchStandard(anchor: string): SpecReference {
  return { title: `Fetch, ${anchor.replaceAll('-', ' ')}`, url: `https://fetch.spec.whatwg.org/#${anchor}` };
}
