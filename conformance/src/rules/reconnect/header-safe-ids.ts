import { type Arbitrary, array, constantFrom, oneof, string } from 'fast-check';
import { jsonReadings } from '../../channel.ts';
import { type RuleContext, shellQuote } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { inconclusive, type Judgement, pass, warn } from '../../verdict.ts';
import { answerOf, isBusy } from '../http/answers.ts';
import { idOf, Log } from './log.ts';
import { after, requireResumption, resume } from './resumption.ts';

const longest = 128;

export const headerSafeIds: Rule = {
  id: 'reconnect/header-safe-ids',
  code: 'SR-11',
  level: 'SHOULD',
  title: 'Ids survive the trip through a header',
  statement: `Ids are printable ASCII without blanks at the ends and at most ${longest} bytes, or they resume all the same as UTF-8.`,
  spec: [html('sse-processing-model'), html('the-last-event-id-header'), rfc(9110, '5.5')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  budgetMs: () => 120_000,
  judge: async (context) => {
    const log = await Log.open(context, 'ids');
    await requireResumption(context, log);
    for (let count = Math.min(3, log.reach); count > 0; count -= 1) await log.append();
    const own = await complaintAboutOwn(context, log);
    if (own.complaint)
      return warn(own.complaint.message, own.complaint.evidence && { evidence: own.complaint.evidence });
    const seen = `${log.ids().length} ids of the server's own events are printable ASCII or resume as UTF-8`;
    // What stands on none of our events has no place in their order, so nobody knows what is due after it.
    const told = (message: string): Judgement =>
      own.untried === undefined
        ? pass(message)
        : inconclusive(
            `${message}; whether the server's own id ${JSON.stringify(own.untried)} resumes could not be tried, as it stands on none of our events`,
          );

    let turn = 0;
    let refused = 0;
    const resumesExactly = async (given: string): Promise<Complaint | undefined> => {
      turn += 1;
      const id = given.replace('#', `${context.seed}-${turn}`);
      const onWire = await publishWithId(context, log, id);
      if (onWire === undefined) refused += 1;
      if (onWire === undefined || isSafe(onWire)) return undefined;
      return complaintAbout(context, log, onWire);
    };
    // Who refuses a plain id may take an odd one all the same.
    const further = context.carriage.id ? 30 : 0;
    const result = await search(context, anyId, resumesExactly, examples, further);
    if (!result.found) {
      if (refused === result.tried) return told(seen);
      const others = refused > 0 ? `, ${refused} of them refused or replaced` : '';
      return told(`${seen}; of ${result.tried} ids that publishers bring${others}, each taken one resumes`);
    }
    const reproduce = `${context.curl()} -H ${shellQuote(`Last-Event-ID: ${result.value}`)}`;
    return warn(result.complaint.message, foundDetail(result, reproduce));
  },
};

/** Ids with a `#` that is replaced by what makes them unique. */
const anyId: Arbitrary<string> = array(
  oneof(constantFrom('é', 'ÿ', '日本', 'ж', '𝄞', '😀', ' ', '"', '%41', ',', ';'), string({ maxLength: 3 })),
  { maxLength: 4 },
).map((parts) => `#${parts.join('').replace(/[^\x20-\x7e\u00a1-\u{1ffff}]|#/gu, '')}`);

const examples = ['é日本-#', '#-é', '#-𝄞', ' #', '# ', `#-${'x'.repeat(200)}`];

/** Whether every client and proxy brings an id back as it is. */
function isSafe(id: string): boolean {
  return id.length <= longest && /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(id);
}

/** What is wrong with an odd id that the server gave, and one that could not be tried. */
async function complaintAboutOwn(
  context: RuleContext,
  log: Log,
): Promise<{ readonly complaint?: Complaint; readonly untried?: string }> {
  const ids = [...new Set([...log.ids(), ...log.witness.blocks.flatMap((block) => idOf(block) ?? [])])];
  const odd = ids.filter((id) => !isSafe(id)).map((id) => ({ id, position: log.positionOf(id) }));
  const placed = odd.find(({ position }) => position !== undefined);
  const complaint = placed && (await complaintAbout(context, log, placed.id, placed.position));
  const untried = odd.find(({ position }) => position === undefined)?.id;
  return { ...(complaint ? { complaint } : {}), ...(untried === undefined ? {} : { untried }) };
}

/** Publishes an event with an id. @returns the id that it carries on the wire; undefined where it has none, or is refused */
async function publishWithId(context: RuleContext, log: Log, id: string): Promise<string | undefined> {
  const data = `ssert-odd-id-${context.seed}-${log.length}-${id}`;
  const outcome = await context.publish({ data, id });
  if (outcome.kind === 'refused') return undefined;
  if (outcome.kind === 'no-answer') throw new Undecided(`a publish got no answer: ${outcome.reason}`);
  // What comes behind it shows that it came, too.
  await log.append();
  const block = log.witness.blocks.findLast((one) => jsonReadings(one.data).includes(data));
  return block && idOf(block);
}

async function complaintAbout(
  context: RuleContext,
  log: Log,
  id: string,
  position = log.length - 1,
): Promise<Complaint | undefined> {
  const from = `the id ${JSON.stringify(id.length > 200 ? `${id.slice(0, 200)}…` : id)} as UTF-8`;
  const answer = await context.ask(after(id));
  answer.close();
  if (answer.head && isBusy(answer.head)) throw new Undecided(`a reconnection got ${answerOf(answer)}`);
  if (answer.head && !answer.isEventStream) {
    return { message: `a reconnection with ${from} gets status ${answer.head.status}`, evidence: answer.evidence() };
  }
  return resume(context, log, { ...after(id), position, from });
}
