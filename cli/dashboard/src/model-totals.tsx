import { formatCount, formatShare } from './format.ts';
import { modelName } from './model-name.ts';
import type { Range } from './ranges.ts';
import type { ModelTotal } from './usage-window.ts';

/** What each model used in the range. */
export function ModelTotals({ range, totals }: { readonly range: Range; readonly totals: readonly ModelTotal[] }) {
  const all = totals.reduce((sum, { credits }) => sum + credits, 0);
  return (
    <section className="card">
      <h2 id="models">Models</h2>
      <table aria-labelledby="models">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" className="number">
              Credits
            </th>
            <th scope="col" className="number">
              Share
            </th>
            <th scope="col" className="number">
              Records
            </th>
          </tr>
        </thead>
        <tbody>
          {totals.map(({ place, model, credits, records }) => (
            <tr key={place}>
              <th scope="row" className="part" data-place={place}>
                {modelName(model)}
              </th>
              <td className="number">{formatCount(credits)}</td>
              <td className="number share">
                <span
                  className="bar part"
                  data-place={place}
                  style={{ inlineSize: `calc((100% - 5rem) * ${credits / all})` }}
                />
                {formatShare(credits, all)}
              </td>
              <td className="number">{formatCount(records)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {totals.length === 0 && <p className="nothing">No usage in {range.words}.</p>}
    </section>
  );
}
