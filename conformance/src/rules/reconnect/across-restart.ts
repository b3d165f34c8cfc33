import type { Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, skip } from '../../verdict.ts';
import { answerOf, isBusy } from '../http/answers.ts';
import { Life, type LifeEvent } from './life.ts';
import { type Place, placeOf } from './resume-place.ts';

export const idsAcrossRestart: Rule = {
  id: 'reconnect/ids-across-restart',
  code: 'SR-08',
  level: 'MUST',
  title: 'An id from before a restart never resumes at an unrelated place',
  statement:
    'After a restart an id from before resumes exactly where it stood, or is answered as an unknown one: never with a part of another history.',
  spec: [html('the-last-event-id-header')],
  access: ['publish', 'process'],
  phase: 'process',
  budgetMs: ({ bounds }) => 240_000 + bounds.stop,
  judge: async (context) => {
    const first = await context.startFresh();
    const old = await Life.begin(context, first, 'old', false);
    const count = 2 + Math.floor(context.random.next() * 4);
    for (let n = 0; n < count; n += 1) await old.publish();
    if (old.newest?.id === undefined) return withoutIds(context);
    const now = await Life.begin(context, await context.startAgain(first), 'new', old.bringsIds);
    const asked = old.events.filter(({ id }) => id !== undefined);
    const answers = new Map<string, number>();
    // A counter that begins again meets each old id below, at and above it.
    for (let turn = 0; turn < 2 * old.events.length + 2; turn += 1) {
      const from = asked[turn % asked.length];
      if (!from) break;
      const answer = await judgeResume(context, old, now, from);
      if (typeof answer !== 'string') return answer;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    const listed = [...answers].map(([answer, times]) => `${times} ${answer}`).join(', ');
    return pass(
      `ids of ${old.events.length} events from before a restart, asked for behind up to ${now.events.length} later ones: ${listed}`,
    );
  },
};

function withoutIds({ target }: RuleContext): Judgement {
  if (target.profiles.has('resumable')) return inconclusive('no event carried an id, so there is nothing to resume by');
  return skip('profile', 'no event carries an id, so nothing is resumed: for servers that send ids');
}

/** What one reconnection got, and what is wrong with it. */
interface Answer {
  readonly exchange: Exchange;
  /** As it stands in a sentence behind a number. */
  readonly words: string;
  readonly fault?: string;
  readonly place?: Place;
}

/** Reconnects with an old id; gives words for a good answer. A fault has to show twice, the second time further on. */
async function judgeResume(context: RuleContext, old: Life, now: Life, from: LifeEvent): Promise<string | Judgement> {
  const answer = await resume(context, old, now, from);
  if (answer.fault === undefined) return answer.words;
  const before = now.events.length;
  const again = await resume(context, old, now, from);
  const at = `with the id of event ${from.number} of ${old.events.length} from before a restart`;
  if (again.fault === undefined) {
    return inconclusive(`${at}: ${answer.fault}; when repeated it ${again.words}`);
  }
  const observed = {
    eventsBeforeRestart: old.events.length,
    resumedFromEvent: from.number,
    eventsSince: before,
    gotFromBefore: answer.place?.old ?? [],
    gotFromSince: answer.place?.now ?? [],
  };
  return fail(`${at}: ${answer.fault}; so again when repeated`, {
    evidence: again.exchange.evidence({ observed }),
    reproduce: context.curl({ headers: { 'Last-Event-ID': from.id ?? '' } }),
  });
}

async function resume(context: RuleContext, old: Life, now: Life, from: LifeEvent): Promise<Answer> {
  const { server } = now;
  const headers = { 'Last-Event-ID': from.id ?? '' };
  // What every new stream gets is no answer to the id.
  const plain = await context.subscribe({ server, observed: false });
  const exchange = await context.ask({ server, observed: false, headers });
  try {
    const { head } = exchange;
    if (!head) return { exchange, words: 'hung', fault: `no header block came within ${context.bounds.open} ms` };
    if (isBusy(head)) throw new Undecided(`a reconnection got ${answerOf(exchange)}`);
    if (head.status >= 500) return { exchange, words: `got ${head.status}`, fault: `it got status ${head.status}` };
    if (!exchange.isEventStream) return { exchange, words: `got status ${head.status}` };
    const newest = now.events.length;
    const came = await now.comesLive(exchange);
    if (exchange.endedCleanly) return { exchange, words: 'got a stream that ends' };
    if (!came) {
      return { exchange, words: 'stayed silent', fault: 'its stream stays silent while others get new events' };
    }
    return judgePlace(exchange, plain, { old, now, from, newest, replay: context.target.replay });
  } finally {
    plain.close();
    exchange.close();
  }
}

interface Circumstances {
  readonly old: Life;
  readonly now: Life;
  readonly from: LifeEvent;
  /** Events of this life when the id was asked for. */
  readonly newest: number;
  readonly replay: number | undefined;
}

function judgePlace(exchange: Exchange, plain: Exchange, { old, now, from, newest, replay }: Circumstances): Answer {
  const numbers = (life: Life, stream: Exchange, upTo: number): number[] =>
    life.on(stream).filter((number) => number <= upTo);
  const got = { old: numbers(old, exchange, old.events.length), now: numbers(now, exchange, newest) };
  const initial = { old: numbers(old, plain, old.events.length), now: numbers(now, plain, newest) };
  const others = (stream: Exchange): number =>
    stream.arrivals.filter(({ data }) => !jsonReadings(data).some((reading) => reading.startsWith('ssert-'))).length;
  const place = placeOf({
    got,
    initial,
    told: others(exchange) > others(plain),
    from: from.number,
    oldEvents: old.events.length,
    newEvents: newest,
    alias: now.events.find(({ id, number }) => id === from.id && number <= newest)?.number,
    replay,
  });
  const words = {
    exact: 'went on exactly',
    nothing: 'went on from now',
    all: 'got all there is',
    told: 'was told',
    other: 'got a part',
  };
  if (place.kind === 'alias') {
    const fault = `it got what follows event ${place.alias} after the restart, which has the same id, and not the ${place.alias} before`;
    return { exchange, words: 'resumed elsewhere', fault, place: got };
  }
  if (place.kind === 'gap') {
    const fault = `it got a part of the history: ${got.old.length} events from before, ${got.now.length} from after the restart`;
    return { exchange, words: 'got a part', fault, place: got };
  }
  return { exchange, words: words[place.kind] };
}
