import { array, boolean } from 'fast-check';
import type { Arrival, Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, type Judgement, pass, warn } from '../../verdict.ts';
import { answerOf, headOf, isBusy } from '../http/answers.ts';
import { patienceMs } from '../numbered-events.ts';
import { Log } from './log.ts';
import { after, areSame, listed, requireResumption, resumeAfter, somethingLive } from './resumption.ts';

const fieldName = 'last-event-id';

export const lastEventIdRead: Rule = {
  id: 'reconnect/last-event-id-read',
  code: 'SR-05',
  level: 'MUST',
  title: 'Last-Event-ID is read without case; an empty one means none',
  statement:
    'The name Last-Event-ID matches in any case, blanks around its value do not count, an empty value means none, and the header wins over a query parameter.',
  spec: [rfc(9110, '5.1'), rfc(9110, '5.5'), html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  judge: async (context) => {
    const log = await Log.open(context, 'header');
    await requireResumption(context, log);
    let lastId = '';
    const complaintAbout = async (name: string, value: (id: string) => string): Promise<Complaint | undefined> => {
      const entry = await log.pastEntry();
      lastId = entry.id;
      const headers = { 'Last-Event-ID': null, [name]: value(lastId) };
      return resumeAfter(context, log, entry, { headers, from: `${name}: ${value(lastId)}` });
    };

    const inCase = (capitals: readonly boolean[]) => complaintAbout(cased(capitals), (id) => id);
    const letters = array(boolean(), { minLength: fieldName.length, maxLength: fieldName.length });
    const usual = [...fieldName].map((_, index, all) => index === 0 || all[index - 1] === '-');
    const examples = [usual.map(() => false), usual.map(() => true), usual];
    const result = await search(context, letters, inCase, examples, 10);
    if (result.found) {
      const name = cased(result.value);
      const message = `the header ${name} is not read as ${cased(usual)} is: ${result.complaint.message}`;
      return fail(message, foundDetail(result, context.curl({ headers: { [name]: lastId } })));
    }
    const inBlanks = (id: string): string => ` \t${id} \t`;
    const padded = await complaintAbout('Last-Event-ID', inBlanks);
    if (padded) {
      const reproduce = context.curl({ headers: { 'Last-Event-ID': inBlanks(lastId) } });
      const evidence = padded.evidence && { evidence: padded.evidence };
      return fail(`blanks around the value count: ${padded.message}`, { ...evidence, reproduce });
    }
    const fault = await complaintAboutEmpty(context, log);
    if (fault) return fault;
    const parameters = await workingParameters(context, log);
    const told: string[] = [];
    for (const name of parameters) {
      const winner = await winnerOver(context, log, name);
      if (winner.is === 'parameter') {
        // Once more, as others publish too.
        const again = await winnerOver(context, log, name);
        if (again.is === 'parameter') return warn(again.message, again.detail);
      }
      told.push(winner.is === 'header' ? `${name} (the header wins)` : name);
    }
    const more = told.length > 0 ? `; the query parameters that resume: ${told.join(', ')}` : '';
    return pass(`${result.tried} ways to write the name resume, an empty value starts as none does${more}`);
  },
};

/** The field name with some of its letters in upper case. */
function cased(capitals: readonly boolean[]): string {
  return [...fieldName].map((letter, index) => (capitals[index] ? letter.toUpperCase() : letter)).join('');
}

/** Holds a stream with an empty id against one without any; once more where they differ, as others publish too. */
async function complaintAboutEmpty(context: RuleContext, log: Log): Promise<Judgement | undefined> {
  const first = await differenceOfEmpty(context, log);
  if (!first) return undefined;
  return (await differenceOfEmpty(context, log)) && first;
}

async function differenceOfEmpty(context: RuleContext, log: Log): Promise<Judgement | undefined> {
  const empty = after('');
  const before = new Set(log.behind(0));
  const plain = await context.subscribe();
  const answer = await context.ask(empty);
  try {
    if (isBusy(headOf(answer))) throw new Undecided(`an empty Last-Event-ID got ${answerOf(answer)}`);
    const detail = { evidence: answer.evidence(), reproduce: `${context.curl()} -H 'Last-Event-ID;'` };
    if (!answer.isEventStream) return fail(`an empty Last-Event-ID gets ${answerOf(answer)}`, detail);
    const numbers = (stream: Exchange): number[] =>
      log.events.on(stream).flatMap(({ number }) => (before.has(number) ? [number] : []));
    // Both have all that they get at first when something live is there.
    const bothLive = (await somethingLive(context, log, plain)) && (await somethingLive(context, log, answer));
    if (!bothLive) throw new Undecided(`no event came within ${patienceMs(context)} ms`);
    const alike = (): true | undefined =>
      beginAlike(
        [numbers(plain), numbers(answer)],
        [othersBeforeLive(plain, log, before), othersBeforeLive(answer, log, before)],
      ) || undefined;
    await answer.until(alike, context.bounds.event);
    await plain.until(alike, context.bounds.event);
    if (alike()) return undefined;
    const seen = `with an empty Last-Event-ID came ${listed(numbers(answer))}, without any ${listed(numbers(plain))}`;
    return fail(seen, { ...detail, evidence: answer.evidence({ observed: { due: numbers(plain).slice(0, 100) } }) });
  } finally {
    plain.close();
    answer.close();
  }
}

/** Whether two streams begin with the same last events, but for those in whose place one has events of others. */
function beginAlike(
  [one, other]: readonly [readonly number[], readonly number[]],
  [ofOne, ofOther]: readonly [number, number],
): boolean {
  if (one.length < other.length) return beginAlike([other, one], [ofOther, ofOne]);
  const missing = one.length - other.length;
  return areSame(one.slice(missing), other) && missing <= ofOther;
}

/** Events of others that came on a stream before the first live one of ours. */
function othersBeforeLive(stream: Exchange, log: Log, before: ReadonlySet<number>): number {
  const live = log.events.on(stream).find(({ number }) => !before.has(number));
  const isEarly = ({ offset }: Arrival): boolean => offset < (live?.arrival.offset ?? 0);
  // What a stream begins with may come behind the first live event.
  const ours = log.events.on(stream).filter(({ number, arrival }) => before.has(number) && isEarly(arrival));
  return stream.arrivals.filter(isEarly).length - ours.length;
}

/** Which query parameters do what the header does: for clients that cannot send it on a first connection. */
async function workingParameters(context: RuleContext, log: Log): Promise<string[]> {
  const working: string[] = [];
  for (const name of ['lastEventId', 'lastEventID', 'last_event_id', 'Last-Event-ID']) {
    const { id, position } = await log.pastEntry();
    const url = new URL(context.target.stream.url);
    url.searchParams.set(name, id);
    const answer = await context.ask({ url });
    const came = answer.isEventStream && (await somethingLive(context, log, answer));
    const due = log.behind(position);
    const got = came ? log.events.on(answer).map(({ number }) => number) : [];
    if (got.length > 1 && areSame(got, due)) working.push(name);
    answer.close();
  }
  return working;
}

type Winner =
  | { readonly is: 'header' | 'neither' }
  | { readonly is: 'parameter'; readonly message: string; readonly detail: Pick<Judgement, 'evidence' | 'reproduce'> };

/**
 * Which of two ids counts: the one in the URL that a client began with, or the newer one in the header with which it comes
 * back to that URL. `neither` where the answer follows none of them, as that of a server which refuses to choose.
 */
async function winnerOver(context: RuleContext, log: Log, name: string): Promise<Winner> {
  const older = await log.pastEntry();
  let newer = older;
  for (let tries = 0; newer.position === older.position && tries < 3; tries += 1) {
    await log.append();
    newer = await log.pastEntry();
  }
  if (newer.position === older.position) return { is: 'neither' };
  const url = new URL(context.target.stream.url);
  url.searchParams.set(name, older.id);
  const asked = { url, ...after(newer.id) };
  const answer = await context.ask(asked);
  try {
    const came = answer.isEventStream && (await somethingLive(context, log, answer));
    if (!came || !log.isWithinReach(older)) return { is: 'neither' };
    const got = log.events.on(answer).map(({ number }) => number);
    if (areSame(got, log.behind(newer.position))) return { is: 'header' };
    if (!areSame(got, log.behind(older.position))) return { is: 'neither' };
    const again = listed(got.slice(0, newer.position - older.position));
    const message = `the query parameter ${name} wins over the header: a browser that comes back to the URL it began with gets ${again} again`;
    return { is: 'parameter', message, detail: { evidence: answer.evidence(), reproduce: context.curl(asked) } };
  } finally {
    answer.close();
  }
}
