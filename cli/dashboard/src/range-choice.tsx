import { type Range, ranges } from './ranges.ts';

/** One range out of all, as radio buttons: the arrow keys choose. */
export function RangeChoice({ range, onChange }: { readonly range: Range; readonly onChange: (range: Range) => void }) {
  return (
    <fieldset className="ranges">
      <legend className="spoken">Time range</legend>
      {ranges.map((one) => (
        <label key={one.hours}>
          <input
            type="radio"
            name="range"
            aria-label={one.words}
            checked={one === range}
            onChange={() => onChange(one)}
          />
          <span>{one.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
