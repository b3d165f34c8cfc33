import { SettingError } from '@ssert/protocol';
import picomatch from 'picomatch';
import { nearest } from './nearest.ts';
import { areaOf, type Level } from './rule.ts';

/** What a selection looks at: rules for servers and for clients alike. */
interface Selectable {
  readonly id: `${string}/${string}`;
  readonly level: Level;
}

/** Which rules of a catalogue to judge; what is left out does not restrict. */
export interface RuleSelection {
  /** Globs on the id; one without a slash is held against the part after the area. A rule that fits one is taken. */
  readonly rule?: readonly string[];
  /** Globs of rules to leave out. */
  readonly skip?: readonly string[];
  readonly area?: readonly string[];
  /** The weakest level that is still judged: `should` takes MUST and SHOULD. */
  readonly level?: Lowercase<Level>;
}

const levels: readonly Level[] = ['MUST', 'SHOULD', 'MAY'];

/**
 * The rules that a selection names, in their order.
 * @throws SettingError for each glob or area that names no rule, and where nothing is left
 */
export function selectRules<R extends Selectable>(rules: readonly R[], selection: RuleSelection): R[] {
  const { rule = [], skip = [], area = [], level } = selection;
  const wanted = rule.map((glob) => globMatcher('--rule', glob, rules));
  const unwanted = skip.map((glob) => globMatcher('--skip', glob, rules));
  for (const one of area) checkArea(one, rules);
  const weakest = level === undefined ? levels.length : levels.indexOf(level.toUpperCase() as Level);
  if (weakest < 0) throw new SettingError('--level', level, 'one of must should may');
  const selected = rules.filter(
    (one) =>
      (wanted.length === 0 || wanted.some((matches) => matches(one.id))) &&
      !unwanted.some((matches) => matches(one.id)) &&
      (area.length === 0 || area.includes(areaOf(one))) &&
      levels.indexOf(one.level) <= weakest,
  );
  if (selected.length === 0) {
    const given = Object.entries({ rule, skip, area, level: level ?? [] }).filter(([, value]) => value.length > 0);
    const setting = given.map(([name]) => `--${name}`).join(' with ');
    throw new SettingError(setting, given.map(([, value]) => String(value)).join(' '), 'a filter that leaves a rule');
  }
  return selected;
}

function globMatcher(setting: string, glob: string, rules: readonly Selectable[]): (id: string) => boolean {
  const matches = glob === '' ? () => false : picomatch(glob, { basename: !glob.includes('/') });
  if (rules.some(({ id }) => matches(id))) return matches;
  const ids = rules.map(({ id }) => id);
  const isArea = areasOf(rules).includes(glob);
  const meant = isArea ? [`${glob}/*`] : nearest(glob, ids);
  const byName = new Map(ids.map((id) => [id.slice(id.indexOf('/') + 1), id]));
  for (const name of nearest(glob, [...byName.keys()])) meant.push(byName.get(name) ?? name);
  const hint = [...new Set(meant)].slice(0, 3).join(' or ');
  const such = hint === '' ? '' : `, such as ${hint}`;
  throw new SettingError(setting, glob, `a glob that fits a rule's id${such}; ssert rules lists all`);
}

function checkArea(area: string, rules: readonly Selectable[]): void {
  const present = areasOf(rules);
  if (!present.includes(area)) throw new SettingError('--area', area, `one of ${present.join(' ')}`);
}

/** The areas of a catalogue, in its order. */
function areasOf(rules: readonly Selectable[]): string[] {
  return [...new Set(rules.map(areaOf))];
}
