import type { UsageRecord } from '@ssert/client';
import { formatCount, formatTime } from './format.ts';
import { modelName } from './model-name.ts';

/** The records that came last, the newest first. */
export function LatestRecords({ records }: { readonly records: readonly UsageRecord[] }) {
  return (
    <section className="card">
      <h2 id="latest">Latest records</h2>
      <table aria-labelledby="latest">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Model</th>
            <th scope="col" className="number">
              Credits
            </th>
          </tr>
        </thead>
        <tbody>
          {records.toReversed().map(({ id, createdAt, model = '', creditsUsed }) => (
            <tr key={id}>
              <td>{formatTime(Date.parse(createdAt))}</td>
              <td>{modelName(model)}</td>
              <td className="number">{formatCount(creditsUsed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {records.length === 0 && <p className="nothing">None yet.</p>}
    </section>
  );
}
