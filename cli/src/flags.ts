import { parseArgs } from 'node:util';
import { nearest } from '@ssert/conformance/settings';
import { UsageError } from './usage-error.ts';

/** One flag of a command: parsing, help and documentation are made from it. */
export interface Flag {
  /** What stands for the value in help, such as `URL`; a flag without it is a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeatable?: true;
  /** An empty value says something; of other flags it is a variable of the shell that was not set. */
  readonly mayBeEmpty?: true;
  /** One line of help. */
  readonly meaning: string;
  /** The heading that help lists it under. Default `Options`. */
  readonly group?: string;
}

export type FlagTable = Readonly<Record<string, Flag>>;

/** What was given on a command line. */
export class GivenFlags<T extends FlagTable> {
  readonly positionals: readonly string[];
  readonly #given: ReadonlyMap<string, readonly string[]>;

  constructor(given: ReadonlyMap<string, readonly string[]>, positionals: readonly string[]) {
    this.#given = given;
    this.positionals = positionals;
  }

  has(name: keyof T & string): boolean {
    return this.#given.has(name);
  }

  /** The flag's value; undefined where it was not given. */
  text(name: keyof T & string): string | undefined {
    return this.#given.get(name)?.[0];
  }

  /** Every value of a repeatable flag. */
  all(name: keyof T & string): readonly string[] {
    return this.#given.get(name) ?? [];
  }

  /** The values of a flag that takes several in one, separated by commas. @throws UsageError where there is none */
  list(name: keyof T & string): string[] {
    const words = this.all(name)
      .flatMap((text) => text.split(','))
      .map((word) => word.trim())
      .filter((word) => word !== '');
    if (words.length > 0 || !this.has(name)) return words;
    throw new UsageError(`--${name} is ${JSON.stringify(this.text(name))}; give one or more, separated by commas`);
  }

  /** @throws UsageError where the value is not one of these */
  choice<C extends string>(name: keyof T & string, choices: readonly C[]): C | undefined {
    const text = this.text(name);
    if (text === undefined || choices.includes(text as C)) return text as C | undefined;
    throw new UsageError(`--${name} is ${JSON.stringify(text)}; give one of ${choices.join(' ')}`);
  }

  /** @throws UsageError where the value is not a whole number in the range */
  wholeNumber(name: keyof T & string, min: number, max: number = Number.MAX_SAFE_INTEGER): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} up` : `from ${min} to ${max}`;
    throw new UsageError(`--${name} is ${JSON.stringify(text)}; give a whole number ${range}`);
  }
}

const everywhere: FlagTable = { help: { meaning: 'Show this help' } };

/**
 * Reads a command's part of the command line.
 * @returns the flags, or `help` where that was asked for
 * @throws UsageError that names the flag at fault
 */
export function parseFlags<T extends FlagTable>(args: readonly string[], table: T): GivenFlags<T> | 'help' {
  const flags: FlagTable = { ...table, ...everywhere };
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [name, { type: value ? ('string' as const) : 'boolean' }]),
  ) as Record<string, { type: 'string' | 'boolean' }>;
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.rawName === '-h') return 'help';
    const flag = token.rawName.startsWith('--') && Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (!flag) throw new UsageError(unknownFlag(token.rawName, Object.keys(flags)));
    if (token.name === 'help') return 'help';
    const earlier = given.get(token.name);
    if (earlier && !flag.repeatable) throw new UsageError(`${token.rawName} is given twice; give it once`);
    given.set(token.name, [...(earlier ?? []), readValue(token, flag)]);
  }
  return new GivenFlags<T>(given, positionals);
}

function readValue(
  { rawName, value, inlineValue }: { rawName: string; value?: string | undefined; inlineValue?: boolean | undefined },
  flag: Flag,
): string {
  if (!flag.value) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value; leave "=${value}" away`);
    return '';
  }
  // A dash begins the next flag; only a value glued on with = may start with one.
  if (value === undefined || (!inlineValue && /^-./.test(value))) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${flag.value}`);
  }
  if (value === '' && !flag.mayBeEmpty) throw new UsageError(`${rawName} is ""; give ${rawName} ${flag.value}`);
  return value;
}

function unknownFlag(rawName: string, names: readonly string[]): string {
  const meant = nearest(
    rawName,
    names.map((name) => `--${name}`),
  );
  return `there is no flag ${rawName}${meant.length > 0 ? `; did you mean ${meant.join(' or ')}?` : '; --help lists them'}`;
}
