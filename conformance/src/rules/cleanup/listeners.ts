import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { countsAgain, judgeVisits, leavingBudgetMs } from './leaving.ts';

export const listenerRemoved: Rule = {
  id: 'cleanup/listener-removed',
  code: 'SC-01',
  level: 'MUST',
  title: 'A client that leaves is let go',
  statement: 'After a client leaves, by FIN, RST or in the middle of reading, the count of streams is back at once.',
  spec: [cwe(772)],
  access: ['stats'],
  phase: 'counting',
  budgetMs: leavingBudgetMs,
  judge: (context) =>
    judgeVisits(context, [
      { name: 'clients that left', act: (before) => leaveInEachWay(context, before), explain: waysLeft },
    ]),
};

/** As many streams of each way as make any sum of them tell which ways they were. */
const ways = [
  { name: 'closed with FIN', streams: 1, leave: (stream: Exchange) => stream.close('fin') },
  { name: 'reset', streams: 2, leave: (stream: Exchange) => stream.close('reset') },
  // The bytes that were not read make the kernel answer with RST after all, as when a fetch is aborted.
  { name: 'aborted with bytes unread', streams: 4, leave: (stream: Exchange) => stream.close('fin'), stall: true },
] as const;

async function leaveInEachWay(context: RuleContext, before: number): Promise<number> {
  const open = ways.flatMap((way) => Array.from({ length: way.streams }, () => ({ way, stream: context.send() })));
  const streams = open.map(({ stream }) => stream);
  if (!context.acquaintance.headersWaitForEvent) {
    await Promise.all(streams.map((stream) => stream.headWithin(context.bounds.open)));
  }
  await countsAgain(context, before, streams);
  for (const { way, stream } of open) if ('stall' in way) stream.stall();
  // Some server writes at once, some later: this gives the first kind the time to.
  await context.sleep(20);
  for (const { way, stream } of open) way.leave(stream);
  return open.length;
}

/** Which ways the number of streams left stands for. */
function waysLeft(left: number): string {
  const kinds = ways
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
