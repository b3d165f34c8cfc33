import type { Defect } from './judge-defect.ts';
import { encodePlainEvent, type PlainEvent, refusePlainEvent } from './plain-server.ts';

/** A server that alters each event before it writes it. */
function writes(alter: (event: PlainEvent) => PlainEvent): Defect['behaviour'] {
  return { encode: (event) => encodePlainEvent(alter(event)) };
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

export const deliveryTextDefects: readonly Defect[] = [
  {
    name: 'escapes data as HTML',
    behaviour: writes((event) => ({
      ...event,
      data: event.data.replace(/[&<>]/g, (found) => escapes[found] ?? found),
    })),
    breaks: 'delivery/any-text-arrives',
  },
  {
    name: 'reads \\n in data as a line feed',
    behaviour: writes((event) => ({ ...event, data: event.data.replaceAll('\\n', '\n') })),
    breaks: 'delivery/any-text-arrives',
  },
  {
    name: 'cuts data at 64 KiB',
    behaviour: writes((event) => ({ ...event, data: Buffer.from(event.data).subarray(0, 65_535).toString('utf8') })),
    breaks: 'delivery/any-text-arrives',
    alsoBreaks: ['delivery/whole-frames'],
  },
  {
    name: 'loses characters beyond the basic plane, as a three-byte column does',
    behaviour: writes((event) => ({ ...event, data: event.data.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '?') })),
    breaks: 'delivery/any-text-arrives',
  },
  {
    name: 'takes data with a lone surrogate and fails to write it',
    behaviour: {
      refuse: (event, server) => refusePlainEvent({ ...event, data: event.data.toWellFormed() }, server),
      encode: (event) => (event.data.isWellFormed() ? encodePlainEvent(event) : ''),
    },
    breaks: 'delivery/any-text-arrives',
  },
  {
    name: 'trims event types',
    behaviour: writes((event) => (event.event === undefined ? event : { ...event, event: event.event.trim() })),
    breaks: 'delivery/type-and-id-arrive',
  },
  {
    name: 'lowers event types to ASCII',
    behaviour: writes((event) =>
      event.event === undefined ? event : { ...event, event: event.event.replaceAll(/[^\x20-\x7e]/g, '') },
    ),
    breaks: 'delivery/type-and-id-arrive',
  },
  {
    name: 'takes the id 0 for none and counts instead',
    behaviour: {
      identify: (event, { log }) => ({
        ...event,
        id: event.id === undefined || event.id === '0' ? `auto-${log.length + 1}` : event.id,
      }),
    },
    breaks: 'delivery/type-and-id-arrive',
  },
  {
    name: 'drops an empty id',
    behaviour: {
      encode: (event) => {
        const { id, ...rest } = event;
        return encodePlainEvent(id === '' ? rest : event);
      },
    },
    breaks: 'delivery/type-and-id-arrive',
  },
  {
    name: 'trims ids',
    behaviour: {
      refuse: (event, server) =>
        refusePlainEvent(event.id === undefined ? event : { ...event, id: event.id.trim() }, server),
      identify: (event, { log }) => ({ ...event, id: event.id?.trim() ?? `auto-${log.length + 1}` }),
    },
    breaks: 'delivery/type-and-id-arrive',
  },
];
