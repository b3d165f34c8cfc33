import { areaOf, areas, notTested, type Rule, serverRules } from '@ssert/conformance';
import type { Command } from '../command.ts';
import type { Paint, Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export const rulesCommand: Command = {
  name: 'rules',
  usage: 'rules [--json]',
  summary: 'Lists every rule that ssert check judges, and what of the catalogue it leaves out.',
  flags: { json: { meaning: 'As JSON: {"rules": […], "notTested": […]}' } },
  examples: [
    ['ssert rules', 'a table for people'],
    ["ssert rules --json | jq '.rules[].id'", 'every id'],
  ],
  exitCodes: [
    [0, 'listed'],
    [2, 'wrong usage'],
  ],
  run: async (given, terminal) => {
    const [surplus] = given.positionals;
    if (surplus !== undefined) throw new UsageError(`ssert rules takes no argument; leave ${surplus} away`);
    terminal.print(given.has('json') ? rulesAsJson() : rulesTable(terminal));
    return 0;
  },
};

function rulesAsJson(): string {
  const rules = serverRules.map((rule) => ({
    id: rule.id,
    code: rule.code,
    area: areaOf(rule),
    level: rule.level,
    access: rule.access,
    profiles: rule.profiles ?? [],
    disruptive: rule.disruptive ?? false,
    title: rule.title,
    statement: rule.statement,
    spec: rule.spec,
  }));
  return JSON.stringify({ rules, notTested }, null, 2);
}

function rulesTable({ paint }: Terminal): string {
  const sections = areas.flatMap((area) => {
    const here = serverRules.filter((rule) => areaOf(rule) === area);
    const left = notTested.filter((one) => one.area === area);
    if (here.length + left.length === 0) return [];
    const lines = here.map((rule) => ruleLine(rule, Math.max(...here.map(({ id }) => id.length)), paint));
    const reasons = Map.groupBy(left, ({ reason }) => reason);
    const leftOut = [...reasons].map(([reason, these]) =>
      paint('dim', `  not judged yet: ${these.map(({ code }) => code).join(' ')}, which ${reason}`),
    );
    return [[paint('bold', area), ...lines, ...leftOut].join('\n')];
  });
  const counts = `${serverRules.length} rules; ${notTested.length} of the catalogue are not judged yet (--json names them)`;
  return [...sections, counts].join('\n\n');
}

function ruleLine(rule: Rule, width: number, paint: Paint): string {
  const needs = [...rule.access.filter((one) => one !== 'stream'), ...(rule.profiles ?? [])].join(' ');
  const level = rule.level.padEnd(6);
  return `  ${rule.id.padEnd(width)}  ${rule.level === 'MUST' ? paint('bold', level) : level}  ${rule.title}${
    needs === '' ? '' : paint('dim', ` (${needs})`)
  }`;
}
