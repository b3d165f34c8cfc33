import { array, constantFrom, integer, oneof, record, tuple, uint8Array } from 'fast-check';
import { WireInspector } from '../../../judge/wire-inspector.ts';
import { type Complaint, search } from '../../../property.ts';
import { html } from '../../../spec.ts';
import { fail, type Judgement, pass } from '../../../verdict.ts';
import type { ClientRule } from '../../client-rule.ts';
import type { ClientContext } from '../../context.ts';
import { type ExpectedEvent, message } from '../../expected.ts';
import { type Delivery, playAlone } from '../../stream-rule.ts';

const ends = ['\n', '\r', '\r\n'] as const;
const interpretation = [html('event-stream-interpretation')] as const;

/** A stream and the places at which it is cut. */
interface CutStream {
  readonly body: Uint8Array;
  readonly cuts: readonly number[];
}

const line = oneof(
  {
    weight: 6,
    arbitrary: tuple(
      constantFrom('data', 'event', 'id'),
      constantFrom('', ':', ': '),
      constantFrom('', 'a', 'é😀', ' x', 'y\0', '1'),
    ).map((parts) => parts.join('')),
  },
  {
    weight: 2,
    arbitrary: constantFrom('', ':', ': c', 'data', 'retry: 5000', 'retry: x', 'Data: no', ' data: no', 'datax: no'),
  },
  { weight: 2, arbitrary: constantFrom('') },
).map((text) => Buffer.from(text));
const dirty = uint8Array({ minLength: 1, maxLength: 3, min: 0x80 }).map((bytes) =>
  Buffer.concat([Buffer.from('data:'), bytes]),
);
const stream = record({
  lines: array(tuple(oneof({ weight: 9, arbitrary: line }, { weight: 1, arbitrary: dirty }), constantFrom(...ends)), {
    minLength: 1,
    maxLength: 24,
    size: 'max',
  }),
  cuts: array(integer({ min: 0, max: 400 }), { maxLength: 12 }),
}).map(({ lines, cuts }): CutStream => {
  const body = Buffer.concat(lines.flatMap(([bytes, end]) => [bytes, Buffer.from(end)]));
  return { body: Buffer.concat([body, Buffer.from('\n\ndata: last\n\n')]), cuts };
});

/** What the judge's own reader, which shares nothing with any client, makes of a body. */
function reading(body: Uint8Array): ExpectedEvent[] {
  const events: ExpectedEvent[] = [];
  const inspector = new WireInspector({
    onBlock: ({ dispatched, type, data, lastEventId }) => {
      if (dispatched) events.push({ type, data, id: lastEventId });
    },
  });
  inspector.push(body);
  inspector.end('provoked');
  return events;
}

function piecesOf({ body, cuts }: CutStream): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % body.length))].filter((cut) => cut > 0).sort((a, b) => a - b);
  return [0, ...places].map((from, at) => body.subarray(from, places[at] ?? body.length));
}

/** Asked again before it counts: what a busy machine makes late goes right when repeated. */
async function complaintAbout(context: ClientContext, delivery: Delivery): Promise<Complaint | undefined> {
  const wrong = (await playAlone(context, delivery)) && (await playAlone(context, delivery, 5000));
  return wrong && { message: wrong.message };
}

async function judgeGenerated(context: ClientContext): Promise<Judgement> {
  const searched = await search(
    context,
    stream,
    async (one) => {
      const expected = reading(one.body);
      return complaintAbout(context, { pieces: piecesOf(one), gapMs: 2, quietMs: 30, expected, how: 'as generated' });
    },
    [],
    60,
  );
  if (!searched.found) return pass(`${searched.tried} generated streams were read as the standard says`);
  const { complaint, counterexample, value } = searched;
  const pieces = piecesOf(value).map((piece) => JSON.stringify(Buffer.from(piece).toString('latin1')));
  return fail(complaint.message, { counterexample: { ...counterexample, value: pieces.join(' ‖ ') } });
}

/** Every line end drawn anew; a CR before an empty line that ends in LF would become one with it. */
const endings = tuple(...Array.from({ length: 7 }, () => constantFrom(...ends))).map((drawn) =>
  drawn.map((end, at) => (end === '\r' && (at === 3 || at === 5) && drawn[at + 1] === '\n' ? '\r\n' : end)),
);
const lines = ['id: 1', 'data: a', ':c', 'data: b', '', 'data: c', ''];

async function judgeEndings(context: ClientContext): Promise<Judgement> {
  const expected = [message('a\nb', '1'), message('c', '1')];
  const searched = await search(
    context,
    endings,
    async (drawn) => {
      // The comment is for clients that look one byte ahead after a CR.
      const body = Buffer.from(`${lines.map((text, at) => text + drawn[at]).join('')}:\n`);
      return complaintAbout(context, { pieces: [body], gapMs: 0, quietMs: 30, expected, how: 'in one write' });
    },
    [['\r', '\n', '\n', '\n', '\n', '\n', '\n']],
    30,
  );
  if (!searched.found) return pass(`${searched.tried} mixtures of line ends gave the same events`);
  return fail(searched.complaint.message, { counterexample: searched.counterexample });
}

export const generated: readonly ClientRule[] = [
  {
    id: 'parse/ending-choice-is-irrelevant',
    code: 'CP-08',
    level: 'MUST',
    title: 'Any mixture of line ends',
    statement: 'Every assignment of LF, CR and CR LF to the line ends of a stream yields the same events.',
    spec: interpretation,
    judge: judgeEndings,
  },
  {
    id: 'parse/generated-streams',
    code: 'CP-76',
    level: 'MUST',
    title: 'Generated streams',
    statement: 'Generated streams, cut at random, give what a literal reading of the standard gives.',
    spec: interpretation,
    judge: judgeGenerated,
  },
];
