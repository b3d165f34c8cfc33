import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { countsAgain, judgeVisits, leavingBudgetMs } from './leaving.ts';

export const listenerRemoved: Rule = {
  id: 'cleanup/listener-removed',
  code: 'SC-01',
  level: 'MUST',
  title: 'A client that leaves is let go',
  statement: 'After a client leaves, by FIN, by RST or as it has just begun, the count of streams is back at once.',
  spec: [cwe(772)],
  access: ['stats'],
  socketsSuffice: true,
  phase: 'counting',
  budgetMs: leavingBudgetMs,
  judge: (context) =>
    judgeVisits(context, [
      { name: 'clients that left', act: (before) => leaveInEachWay(context, before), explain: waysLeft },
    ]),
};

/** As many streams of each way as make any sum of them tell which ways they were. */
const ways = {
  closed: { name: 'closed with FIN', streams: 1 },
  reset: { name: 'reset', streams: 2 },
  early: { name: 'left as soon as their headers were there', streams: 4 },
} as const;

async function leaveInEachWay(context: RuleContext, before: number): Promise<number> {
  const sendAll = ({ streams }: { streams: number }) => Array.from({ length: streams }, () => context.send());
  const [closed, reset, early] = [sendAll(ways.closed), sendAll(ways.reset), sendAll(ways.early)];
  await Promise.all(
    early.map(async (stream) => {
      await stream.headWithin(context.bounds.open);
      stream.close('fin');
    }),
  );
  await countsAgain(context, before, [...closed, ...reset]);
  // Registered before its headers are sent: those are given the time to get here.
  await context.sleep(20);
  for (const stream of closed) stream.close('fin');
  for (const stream of reset) stream.close('reset');
  return closed.length + reset.length + early.length;
}

/** Which ways the number of streams left stands for. */
function waysLeft(left: number): string {
  const kinds = Object.values(ways)
    .filter(({ streams }) => (left & streams) !== 0)
    .map(({ name, streams }) => `the ${streams} ${name}`);
  return left < 8 ? ` (as if ${kinds.join(' and ')})` : '';
}

export const leftDuringSetup: Rule = {
  id: 'cleanup/left-during-setup',
  code: 'SC-02',
  level: 'MUST',
  title: 'A client that leaves during set-up leaves nothing',
  statement: 'A client that leaves before its headers, or while the handler still waits, leaves nothing behind.',
  spec: [cwe(772)],
  access: ['stats'],
  socketsSuffice: true,
  phase: 'counting',
  budgetMs: leavingBudgetMs,
  judge: (context) =>
    judgeVisits(context, [
      { name: 'connections closed 0 to 50 ms after their request', act: () => leaveDuringSetup(context) },
    ]),
};

async function leaveDuringSetup(context: RuleContext): Promise<number> {
  const wanted = context.effort.repeats * 2;
  const batch = 20;
  for (let opened = 0; opened < wanted; opened += batch) {
    await Promise.all(
      Array.from({ length: Math.min(batch, wanted - opened) }, async (_, index) => {
        const stream = context.send();
        // Most leave early: set-up is a matter of few milliseconds.
        await context.sleep(50 * context.random.next() ** 3);
        stream.close(index % 2 === 0 ? 'fin' : 'reset');
      }),
    );
  }
  return wanted;
}
