import { areaOf, notTested, serverRules } from '@ssert/conformance';
import { clientNotTested, clientRules } from '@ssert/conformance/client';
import type { Command } from '../command.ts';
import type { Paint, Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export const rulesCommand: Command = {
  name: 'rules',
  usage: 'rules [--client] [--json]',
  summary: 'Lists every rule that ssert check judges, or ssert check-client, and what of the catalogue it leaves out.',
  flags: {
    client: { meaning: 'The rules for clients' },
    json: { meaning: 'As JSON: {"rules": […], "notTested": […]}' },
  },
  examples: [
    ['ssert rules', 'a table for people'],
    ['ssert rules --client', 'the rules for clients'],
    ["ssert rules --json | jq '.rules[].id'", 'every id'],
  ],
  exitCodes: [
    [0, 'listed'],
    [2, 'wrong usage'],
  ],
  run: async (given, terminal) => {
    const [surplus] = given.positionals;
    if (surplus !== undefined) throw new UsageError(`ssert rules takes no argument; leave ${surplus} away`);
    const catalogue = given.has('client') ? ofClients() : ofServers();
    terminal.print(
      given.has('json') ? JSON.stringify(catalogue.forPrograms, null, 2) : rulesTable(catalogue, terminal),
    );
    return 0;
  },
};

/** A list of rules as it is shown. */
interface Catalogue {
  readonly forPrograms: unknown;
  readonly rules: readonly ListedRule[];
  /** Reasons why rules are left out, each with their codes. */
  readonly leftOut: readonly { readonly area: string; readonly codes: readonly string[]; readonly reason: string }[];
}

interface ListedRule {
  readonly id: string;
  readonly area: string;
  readonly level: string;
  readonly title: string;
  readonly needs: readonly string[];
}

function ofServers(): Catalogue {
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
  const reasons = Map.groupBy(notTested, ({ area, reason }) => `${area} ${reason}`);
  return {
    forPrograms: { rules, notTested },
    rules: rules.map((rule) => ({
      ...rule,
      needs: [...rule.access.filter((one) => one !== 'stream'), ...rule.profiles],
    })),
    leftOut: [...reasons.values()].flatMap(([first, ...more]) =>
      first ? [{ area: first.area, reason: first.reason, codes: [first, ...more].map(({ code }) => code) }] : [],
    ),
  };
}

function ofClients(): Catalogue {
  const rules = clientRules.map((rule) => {
    const { id, code, level, title, statement, spec, needs = [] } = rule;
    return { id, code, area: areaOf(rule), level, needs, title, statement, spec };
  });
  return { forPrograms: { rules, notTested: clientNotTested }, rules, leftOut: clientNotTested };
}

function rulesTable({ rules, leftOut }: Catalogue, { paint }: Terminal): string {
  const areas = new Set([...rules, ...leftOut].map(({ area }) => area));
  const sections = [...areas].map((area) => {
    const here = rules.filter((rule) => rule.area === area);
    const lines = here.map((rule) => ruleLine(rule, Math.max(...here.map(({ id }) => id.length)), paint));
    const reasons = leftOut.filter((one) => one.area === area);
    const left = reasons.map(({ codes, reason }) =>
      paint('dim', `  not judged yet: ${codes.join(' ')}, which ${reason}`),
    );
    return [paint('bold', area), ...lines, ...left].join('\n');
  });
  const left = leftOut.reduce((sum, { codes }) => sum + codes.length, 0);
  const counts = `${rules.length} rules; ${left} of the catalogue are not judged yet (--json names them)`;
  return [...sections, counts].join('\n\n');
}

function ruleLine(rule: ListedRule, width: number, paint: Paint): string {
  const level = rule.level.padEnd(6);
  return `  ${rule.id.padEnd(width)}  ${rule.level === 'MUST' ? paint('bold', level) : level}  ${rule.title}${
    rule.needs.length === 0 ? '' : paint('dim', ` (${rule.needs.join(' ')})`)
  }`;
}
