import { type Node, parseSync } from 'oxc-parser';

/** One small change to a source file, of the kind that a person makes by mistake. */
export interface Mutant {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The range of the source that is replaced; the end is exclusive. */
  readonly range: readonly [start: number, end: number];
  readonly replacement: string;
  /** What was and what is, in a few words. */
  readonly what: string;
}

const swapped: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '&&': '||',
  '||': '&&',
  '+=': '-=',
  '-=': '+=',
};

/**
 * Every mutant of a TypeScript source: conditions forced, comparisons and operators swapped, statements left out,
 * literals changed. Types, imports and texts stay as they are.
 * @throws Error where the source cannot be parsed
 */
export function mutantsOf(path: string, source: string): Mutant[] {
  const { program, errors } = parseSync(path, source);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const mutants: Mutant[] = [];
  const add = (node: Pick<Node, 'start' | 'end'>, replacement: string): void => {
    const range = [node.start, node.end] as const;
    const line = source.slice(0, node.start).split('\n').length;
    const before = shortened(source.slice(...range));
    const what = replacement === ';' ? `leaves out ${before}` : `${before} becomes ${shortened(replacement)}`;
    mutants.push({ path, line, range, replacement, what });
  };
  const visit = (node: Node): void => {
    mutate(node, source, add);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(program);
  return mutants;
}

/** The source with the mutant in it. */
export function applied({ range: [start, end], replacement }: Mutant, source: string): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

function mutate(
  node: Node,
  source: string,
  add: (node: Pick<Node, 'start' | 'end'>, replacement: string) => void,
): void {
  const textOf = ({ start, end }: Pick<Node, 'start' | 'end'>): string => source.slice(start, end);
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      add(node.test, 'true');
      add(node.test, 'false');
      break;
    case 'WhileStatement':
      add(node.test, 'false');
      break;
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression': {
      const instead = swapped[node.operator];
      if (instead !== undefined) add(node, `${textOf(node.left)} ${instead} ${textOf(node.right)}`);
      break;
    }
    case 'UnaryExpression':
      if (node.operator === '!') add(node, textOf(node.argument));
      break;
    case 'UpdateExpression':
      add(node, node.operator === '++' ? `${textOf(node.argument)}--` : `${textOf(node.argument)}++`);
      break;
    case 'ExpressionStatement':
      if (/^(Call|Await|Assignment|Update|Chain)Expression$/.test(node.expression.type)) add(node, ';');
      break;
    case 'Literal':
      if (typeof node.value === 'boolean') add(node, String(!node.value));
      else if (typeof node.value === 'number') add(node, String(node.value + 1));
      break;
    default:
      break;
  }
}

/** The nodes right below, but for types, which do nothing at run time. */
function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter(
      (value): value is Node =>
        value !== null &&
        typeof value === 'object' &&
        'type' in value &&
        'start' in value &&
        !/^(TS|Import)/.test(String(value.type)),
    );
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
