import { useState } from 'react';
import { ConnectionState } from './connection-state.tsx';
import { Figures } from './figures.tsx';
import { formatTime } from './format.ts';
import { LatestRecords } from './latest-records.tsx';
import { ModelTotals } from './model-totals.tsx';
import { RangeChoice } from './range-choice.tsx';
import { ranges } from './ranges.ts';
import { useServerHealth } from './server-health.ts';
import { useEverySecond } from './ticks.ts';
import { UsageChart } from './usage-chart.tsx';
import { useLiveUsage } from './use-live-usage.ts';

/** How long the page says that it began anew. */
const noticeMs = 60_000;

export function Dashboard() {
  const [range, setRange] = useState(ranges[0]);
  const { usage, items, state, paused, pause, resume, retryNow } = useLiveUsage(range);
  const health = useServerHealth(state.name);
  useEverySecond();
  usage.moveOn();
  const totals = usage.range.totals();
  const { startedOverAtMs } = usage;
  return (
    <>
      <header>
        <div className="title">
          <h1>Usage</h1>
          <p>
            <span className="brand">ssert</span> {location.host}
          </p>
        </div>
        <ConnectionState state={state} onRetry={retryNow} />
      </header>
      <main>
        <div className="controls">
          <RangeChoice range={range} onChange={setRange} />
          <button type="button" onClick={paused ? resume : pause} disabled={state.name === 'closed'}>
            <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
              <path d={paused ? 'M2.5 1v10l8-5z' : 'M2 1h3v10H2zM7 1h3v10H7z'} />
            </svg>
            {paused ? 'Go on' : 'Pause'}
          </button>
        </div>
        {startedOverAtMs !== undefined && usage.nowMs - startedOverAtMs < noticeMs && (
          <p className="notice" role="status">
            At {formatTime(startedOverAtMs)} the server no longer had what this page had missed, and sent all it has
            anew.
          </p>
        )}
        <Figures usage={usage} range={range} totals={totals} health={health} />
        <UsageChart usage={usage} range={range} totals={totals} />
        <div className="columns">
          <ModelTotals range={range} totals={totals} />
          <LatestRecords records={items} />
        </div>
      </main>
    </>
  );
}
