import type { ReactNode } from 'react';
import { formatCount, formatDuration, formatRate } from './format.ts';
import type { LiveUsage } from './live-usage.ts';
import type { Range } from './ranges.ts';
import type { ServerHealth } from './server-health.ts';
import { NowChart } from './usage-chart.tsx';
import type { ModelTotal } from './usage-window.ts';

/** The figures that one looks for first. */
export function Figures({
  usage,
  range,
  totals,
  health,
}: {
  readonly usage: LiveUsage;
  readonly range: Range;
  readonly totals: readonly ModelTotal[];
  readonly health: ServerHealth | undefined;
}) {
  const sum = (of: (total: ModelTotal) => number): number => totals.reduce((all, total) => all + of(total), 0);
  const credits = sum((total) => total.credits);
  const records = sum((total) => total.records);
  return (
    <dl className="figures">
      <Figure name="Credits per second, now" note="mean of 10 s; bars: last minute">
        {formatRate(usage.creditsPerSecond)}
        <NowChart usage={usage} />
      </Figure>
      <Figure name="Credits" note={`in ${range.words}`}>
        {formatCount(credits)}
      </Figure>
      <Figure
        name="Records"
        note={records === 0 ? `in ${range.words}` : `${formatRate(credits / records)} credits each`}
      >
        {formatCount(records)}
      </Figure>
      <Figure
        name="Events dropped"
        alarming={(health?.droppedMessages ?? 0) > 0}
        note={
          health
            ? `${formatCount(health.totalMessages)} sent in ${formatDuration(health.uptime)}, ${streams(health)} open`
            : 'the server does not answer'
        }
      >
        {health ? formatCount(health.droppedMessages) : '–'}
      </Figure>
    </dl>
  );
}

function Figure({
  name,
  note,
  alarming = false,
  children,
}: {
  readonly name: string;
  readonly note: string;
  readonly alarming?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className="card" data-alarming={alarming}>
      <dt>{name}</dt>
      <dd className="value">{children}</dd>
      <dd className="note">{note}</dd>
    </div>
  );
}

function streams({ activeConnections }: ServerHealth): string {
  return activeConnections === 1 ? '1 stream' : `${formatCount(activeConnections)} streams`;
}
