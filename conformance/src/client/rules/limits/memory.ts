import { gzipSync } from 'node:zlib';
import { repeatBeforeAccusing } from '../../../repeat.ts';
import { html } from '../../../spec.ts';
import { Undecided } from '../../../undecided.ts';
import { inconclusive, info, type Judgement, pass, skip, warn } from '../../../verdict.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { Scripts } from '../../access/stage.ts';
import type { ClientRule } from '../../client-rule.ts';
import type { ClientContext } from '../../context.ts';
import { answer, FIN, ok, okInOneGo, type Script } from '../../script.ts';

const parsing = [html('parsing-an-event-stream')] as const;

const mega = 2 ** 20;
/** How much is sent, in MiB: so much that what a runtime takes for itself does not hide it. */
const sentMiB = 64;
/** What a client holds that hoards: two thirds of what was sent. */
const hoardMiB = 42;
/** How often memory is read, in ms. */
const readingMs = 50;

const tooMuch = skip('profile', 'it is left out of quick runs: it sends too much');

/** A body of which all but the beginning is the same; its end comes once the client has had time to take the rest. */
function filled(beginning: string, filling: string): Script {
  const rest = Array.from({ length: sentMiB }, () => Buffer.alloc(mega, filling));
  const [, ...end] = okInOneGo([Buffer.from('\ndata: ok\n\n')]);
  return [...okInOneGo([Buffer.from(beginning), ...rest]), { do: 'drain' }, { do: 'wait', ms: 500 }, ...end];
}

interface Held {
  readonly mostMiB: number;
  readonly isRefused: boolean;
}

/** The most that a fresh process of the client holds, above what it held before, until an event, an error or the time is up. */
function held(context: ClientContext, scripts: Scripts): Promise<Held> {
  return context.apart(async (alone) => {
    // What a first stream takes is no part of it.
    const first = alone.open({ scripts: [ok('data: first\n\n')] });
    await first.until(() => first.events.length > 0, 5000);
    first.end();
    const before = (await alone.process.vitals()).residentBytes;
    const play = alone.open(scripts);
    await play.untilAsked(1);
    const isOver = (): boolean => play.events.length > 0 || play.errors.length > 0;
    let most = before;
    for (let waitedMs = 0; waitedMs < 20_000 && !isOver(); waitedMs += readingMs) {
      await play.until(isOver, readingMs);
      most = Math.max(most, (await alone.process.vitals()).residentBytes);
    }
    if (!isOver()) throw new Undecided('neither an event nor an error came within 20 s');
    return { mostMiB: Math.round((most - before) / mega), isRefused: play.events.length === 0 };
  });
}

/** Lines that are ignored one by one: what the client takes for reading so much. */
const shortComments: Scripts = { scripts: [filled(':', `${'y'.repeat(1022)}\n:`)] };

async function judgeIgnoredLine(context: ClientContext): Promise<Judgement> {
  if (context.effort.name === 'quick') return tooMuch;
  const figures: string[] = [];
  for (const [what, beginning] of [
    ['a comment', ':'],
    ['a name', 'x'],
  ] as const) {
    const repeated = await repeatBeforeAccusing(
      context,
      async () => ({
        usual: await held(context, shortComments),
        endless: await held(context, { scripts: [filled(beginning, 'y')] }),
      }),
      ({ usual, endless }) => (endless.mostMiB - usual.mostMiB > hoardMiB ? 'wrong' : undefined),
    );
    if (repeated.kind === 'strained') return inconclusive(repeated.message);
    const { usual, endless } = repeated.kind === 'kept' ? repeated.result : repeated.again;
    const figure = `${what} of ${sentMiB} MiB took ${endless.mostMiB} MiB of memory, and as much in short lines ${usual.mostMiB} MiB`;
    if (repeated.kind === 'missed') return warn(figure);
    figures.push(figure);
  }
  return pass(figures.join('; '));
}

/** A rule of level MAY that tells what a fresh process of the client does with a body. */
function memoryObservation(
  id: ClientRule['id'],
  code: string,
  {
    scripts,
    what,
    ...rule
  }: Pick<ClientRule, 'title' | 'statement'> & { readonly scripts: Scripts; readonly what: string },
): ClientRule {
  const judge = async (context: ClientContext): Promise<Judgement> => {
    if (context.effort.name === 'quick') return tooMuch;
    const { mostMiB, isRefused } = await held(context, scripts);
    return info(
      `${what} took ${mostMiB} MiB of memory, and ${isRefused ? 'an error was told' : 'was read to its end'}`,
    );
  };
  return { id, code, level: 'MAY', spec: parsing, needs: ['process'], ...rule, judge };
}

/** So many reconnections are let pass before anything is held against the client. */
const warmUp = 100;
const reconnections = 500;
/** A leak of so much in the others is no accident. */
const leakMiB = 40;

function reconnect(context: ClientContext): Promise<{ readonly leak: string | undefined; readonly grownMiB: number }> {
  return context.apart(async (alone) => {
    const play = alone.open({
      answers: (_, nth) => (nth < reconnections ? ok('retry: 1\n\n', FIN) : ok('data: x\n\n')),
    });
    await play.untilAsked(warmUp, 20_000);
    if (play.asked.length < warmUp)
      throw new Undecided(`it asked ${play.asked.length} times in 20 s: it waits for longer`);
    const before = await alone.process.vitals();
    await play.until(() => play.asked.length > reconnections, 60_000);
    if (play.asked.length <= reconnections) throw new Undecided(`it asked only ${play.asked.length} times in a minute`);
    await play.watch(300);
    const after = await alone.process.vitals();
    const grownMiB = Math.round((after.residentBytes - before.residentBytes) / mega);
    const sockets = after.sockets - before.sockets;
    const complaint = /.*possible \w+ (?:memory )?leak.*/i.exec(alone.process.complaints())?.[0];
    const leak =
      sockets > 5
        ? `${sockets} more sockets`
        : (complaint ?? (grownMiB > leakMiB ? `${grownMiB} MiB more` : undefined));
    return { leak, grownMiB };
  });
}

async function judgeReconnections(context: ClientContext): Promise<Judgement> {
  if (context.effort.name === 'quick') return tooMuch;
  if (context.capabilities.has('no-reconnect')) return skip('profile', 'the client declares no-reconnect');
  const repeated = await repeatBeforeAccusing(
    context,
    () => reconnect(context),
    ({ leak }) => (leak === undefined ? undefined : 'wrong'),
  );
  if (repeated.kind === 'strained') return inconclusive(repeated.message);
  if (repeated.kind === 'missed')
    return warn(`after ${reconnections - warmUp} more reconnections: ${repeated.again.leak}`);
  const { grownMiB } = repeated.kind === 'kept' ? repeated.result : repeated.again;
  return pass(`${reconnections - warmUp} reconnections took ${grownMiB} MiB of memory`);
}

export const memory: readonly ClientRule[] = [
  memoryObservation('limits/endless-line', 'CS-11', {
    title: 'An endless line',
    statement: 'What a client holds of a line of data that does not end is left open.',
    scripts: { scripts: [filled('data: ', 'y')] },
    what: `a line of ${sentMiB} MiB`,
  }),
  {
    id: 'limits/endless-ignored-line',
    code: 'CS-12',
    level: 'SHOULD',
    title: 'An endless line that is ignored',
    statement: 'A comment, or a name that no field has, is not hoarded.',
    spec: parsing,
    needs: ['process'],
    judge: judgeIgnoredLine,
  },
  memoryObservation('limits/compression-bomb', 'CS-13', {
    title: 'A body that compresses well',
    statement: 'What a client does with a small body that is a large one once it is decompressed is left open.',
    scripts: {
      answers: (request) => {
        if (!valuesOf(request, 'accept-encoding').some((value) => /gzip/.test(value))) return ok('data: plain\n\n');
        const body = gzipSync(`${':'.repeat(sentMiB * mega)}\ndata: ok\n\n`);
        return answer('200 OK', ['Content-Type: text/event-stream', 'Content-Encoding: gzip'], body);
      },
    },
    what: `${sentMiB} MiB of a comment, compressed where it asks for that,`,
  }),
  {
    id: 'limits/reconnections-leak-nothing',
    code: 'CS-21',
    level: 'SHOULD',
    title: 'Reconnections leak nothing',
    statement: '500 reconnections leave memory, sockets and listeners as they were.',
    spec: [html('reestablish-the-connection')],
    needs: ['process'],
    judge: judgeReconnections,
  },
];
