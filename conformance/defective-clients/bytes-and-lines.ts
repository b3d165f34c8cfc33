import type { ClientDefect } from './judge-client.ts';
import { literally } from './literal-behaviour.ts';

const anyCut = /^parse\//;

/** A decoder of whole chunks, as if each were a text of its own. */
const eachChunk = (decode: (chunk: Uint8Array) => string) => (): ((chunk: Uint8Array) => string) => decode;
const lenient =
  (options: { ignoreBOM?: boolean } = {}, encoding = 'utf-8') =>
  (): ((chunk: Uint8Array) => string) => {
    const decoder = new TextDecoder(encoding, options);
    return (chunk) => decoder.decode(chunk, { stream: true });
  };
/** The right decoder with its text changed. */
const afterDecoding = (change: (text: string, isFirst: boolean) => string) => (): ((chunk: Uint8Array) => string) => {
  const decode = literally.decoder();
  let begun = false;
  return (chunk) => {
    const text = decode(chunk);
    const isFirst = !begun && text !== '';
    begun ||= isFirst;
    return change(text, isFirst);
  };
};
/** Lines as this expression cuts them; what follows the last end waits. */
const cutBy = (end: RegExp) => (): ((text?: string) => string[]) => {
  let pending = '';
  return (text = '') => {
    const lines = (pending + text).split(end);
    pending = lines.pop() ?? '';
    return lines;
  };
};
/** The right lines with each text changed before. */
const beforeLines = (change: (text: string) => string) => (): ((text?: string) => string[]) => {
  const lines = literally.liner();
  return (text) => lines(text && change(text));
};

export const bytesAndLines: readonly ClientDefect[] = [
  {
    name: 'waits for CR LF',
    behaviour: { liner: cutBy(/\r\n|\r(?!\n)(?=.)/s) },
    breaks: 'parse/line-feed',
    alsoBreaks: anyCut,
  },
  {
    name: 'takes CR LF for two ends',
    behaviour: { liner: cutBy(/\r|\n/) },
    breaks: 'parse/crlf',
    alsoBreaks: anyCut,
  },
  {
    name: 'knows no lone CR',
    behaviour: { liner: cutBy(/\r?\n/) },
    breaks: 'parse/carriage-return',
    alsoBreaks: anyCut,
  },
  {
    name: 'looks one character ahead after a CR',
    behaviour: { liner: cutBy(/\r\n|\n|\r(?=[^\n])/) },
    breaks: 'parse/cr-needs-no-lookahead',
  },
  {
    name: 'keeps to the first kind of line end that it meets',
    behaviour: {
      liner: () => {
        let end: RegExp | undefined;
        let pending = '';
        return (text = '') => {
          pending += text;
          const met = /\r\n|\n|\r(?=.)/s.exec(pending)?.[0];
          end ??= met === undefined ? undefined : new RegExp(met);
          const lines = end ? pending.split(end) : [pending];
          pending = lines.pop() ?? '';
          return lines;
        };
      },
    },
    breaks: 'parse/mixed-endings',
    alsoBreaks: anyCut,
  },
  {
    name: 'takes LF CR for one end',
    behaviour: { liner: beforeLines((text) => text.replaceAll('\n\r', '\n')) },
    breaks: 'parse/lf-cr-is-two-endings',
    alsoBreaks: anyCut,
  },
  {
    name: 'takes CR CR LF for one end',
    behaviour: { liner: beforeLines((text) => text.replaceAll('\r\r\n', '\n')) },
    breaks: 'parse/cr-crlf-is-two-endings',
    alsoBreaks: anyCut,
  },
  {
    name: 'lets a CR that it saw before swallow a later LF',
    behaviour: { liner: beforeLines((text) => text.replace(/(\r[^\r\n]+)\n\n/, '$1\n')) },
    breaks: 'parse/ending-choice-is-irrelevant',
    alsoBreaks: anyCut,
  },
  {
    name: 'forgets at a chunk that the last one ended with CR',
    behaviour: { liner: cutBy(/\r\n|\r|\n/) },
    breaks: 'parse/crlf-cut-between-writes',
    alsoBreaks: anyCut,
  },
  {
    name: 'drops an LF that begins a chunk',
    behaviour: {
      liner: () => {
        const lines = literally.liner();
        let begun = false;
        return (text) => {
          const rest = begun && text?.startsWith('\n') ? `\r${text.slice(1)}` : text;
          begun = true;
          return lines(rest);
        };
      },
    },
    breaks: 'parse/cr-at-write-end',
    alsoBreaks: anyCut,
  },
  {
    name: 'delivers the last event again at every empty line',
    behaviour: {
      dispatch: (state) => {
        const event = literally.dispatch(state);
        return event ?? (state.lastEventId === '' ? undefined : { type: 'message', data: '', id: state.lastEventId });
      },
    },
    breaks: 'parse/extra-empty-lines',
    alsoBreaks: /^parse\/(no-data-no-event|id-without-data|generated-streams|every-cut|byte-by-byte)/,
  },
  {
    name: 'cuts lines as its language does',
    behaviour: { liner: cutBy(/\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/) },
    breaks: 'parse/only-cr-and-lf-end-lines',
    alsoBreaks: anyCut,
  },
  {
    name: 'takes an overlong LF for an LF',
    behaviour: {
      decoder: () => {
        const decode = literally.decoder();
        return (chunk) =>
          decode(Buffer.from(Buffer.from(chunk).toString('latin1').replaceAll('\xc0\x8a', '\n'), 'latin1'));
      },
    },
    breaks: 'parse/overlong-newline',
  },
  {
    name: 'keeps the byte order mark',
    behaviour: { decoder: lenient({ ignoreBOM: true }) },
    breaks: 'parse/bom-is-stripped',
    alsoBreaks: /^parse\/(bom|every-cut|byte-by-byte)/,
  },
  {
    name: 'strips a mark after the decoder did',
    behaviour: { decoder: afterDecoding((text, isFirst) => (isFirst ? text.replace(/^\ufeff/, '') : text)) },
    breaks: 'parse/only-one-bom-is-stripped',
  },
  {
    name: 'strips a mark from every line',
    behaviour: { split: (line) => literally.split(line.replace(/^\ufeff/, '')) },
    breaks: 'parse/bom-at-a-later-line',
    alsoBreaks: /^parse\/only-one-bom/,
  },
  {
    name: 'decodes every value anew',
    behaviour: {
      split: (line) => {
        const field = literally.split(line);
        return field && [field[0], new TextDecoder().decode(Buffer.from(field[1]))];
      },
    },
    breaks: 'parse/bom-inside-a-value',
  },
  {
    name: 'looks for the mark in the first chunk only',
    behaviour: {
      decoder: () => {
        const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
        let isFirst = true;
        return (chunk) => {
          const from = isFirst && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0;
          isFirst = false;
          return decoder.decode(chunk.subarray(from), { stream: true });
        };
      },
    },
    breaks: 'parse/bom-cut-between-writes',
    alsoBreaks: /^parse\/(bom|only-one-bom|every-cut|byte-by-byte)/,
  },
  {
    name: 'takes the beginning of a mark for one',
    behaviour: { decoder: afterDecoding((text, isFirst) => (isFirst ? text.replace(/^\ufffd/, '') : text)) },
    breaks: 'parse/partial-bom',
    alsoBreaks: /^parse\/(invalid-utf-8-in-names|utf-16-bom)/,
  },
  {
    name: 'strips the three characters that the mark is made of',
    behaviour: {
      decoder: afterDecoding((text, isFirst) => (isFirst ? text.replace(/^\u00ef\u00bb\u00bf/, '') : text)),
    },
    breaks: 'parse/bom-lookalike',
  },
  {
    name: 'strips a mark of UTF-16',
    behaviour: { decoder: afterDecoding((text, isFirst) => (isFirst ? text.replace(/^\ufffd\ufffd/, '') : text)) },
    breaks: 'parse/utf-16-bom',
  },
  {
    name: 'decodes each chunk by itself',
    behaviour: {
      decoder: eachChunk((chunk) =>
        Buffer.from(chunk)
          .toString('utf8')
          .replace(/^\ufeff/, ''),
      ),
    },
    breaks: 'parse/character-cut-between-writes',
    alsoBreaks: anyCut,
  },
  {
    name: 'decodes as windows-1252',
    behaviour: { decoder: lenient({}, 'windows-1252') },
    breaks: 'parse/always-utf-8',
    alsoBreaks: anyCut,
  },
  {
    name: 'composes characters',
    behaviour: { deliver: (event, report) => report({ ...event, data: event.data.normalize('NFC') }) },
    breaks: 'parse/multi-byte-text',
  },
  {
    name: 'leaves invalid bytes away',
    behaviour: { deliver: (event, report) => report({ ...event, data: event.data.replaceAll('\ufffd', '') }) },
    breaks: 'parse/invalid-utf-8',
    alsoBreaks: /^parse\/(surrogates|overlong|generated)/,
  },
  {
    name: 'gives one U+FFFD for a run of invalid bytes',
    behaviour: { deliver: (event, report) => report({ ...event, data: event.data.replace(/\ufffd+/g, '\ufffd') }) },
    breaks: 'parse/surrogates-and-overlongs',
    alsoBreaks: /^parse\/(overlong-newline|generated)/,
  },
  {
    name: 'leaves invalid bytes of names away',
    behaviour: { split: (line) => literally.split(line.replaceAll('\ufffd', '')) },
    breaks: 'parse/invalid-utf-8-in-names',
    alsoBreaks: /^parse\/(invalid|surrogates|overlong|generated|partial-bom|utf-16)/,
  },
  {
    name: 'ends data at a NUL',
    behaviour: { deliver: (event, report) => report({ ...event, data: event.data.replace(/\0.*/s, '') }) },
    breaks: 'parse/null-in-data',
    alsoBreaks: /^parse\/(names-compare|generated)/,
  },
  {
    name: 'takes control characters away',
    behaviour: {
      deliver: (event, report) => report({ ...event, data: event.data.replace(/[\x01-\x08\x0e-\x1a\x7f]/g, '') }),
    },
    breaks: 'parse/control-characters-and-noncharacters',
  },
];
