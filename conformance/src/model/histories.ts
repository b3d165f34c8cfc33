import { Arbitrary, constantFrom, nat, oneof, type Random, record, Stream, Value } from 'fast-check';
import { type Client, type Command, clients } from './command.ts';

/** What histories may be made of on one server. */
export interface Ingredients {
  /** Whether it can publish; otherwise clients only come and go. */
  readonly publishes: boolean;
  /** Whether it promises to resume. */
  readonly resumes: boolean;
  /** Whether readers may stall on it. */
  readonly stalls: boolean;
  /** Whether it can be restarted: once in a history, and not in most, as it takes as long as many histories. */
  readonly restarts: boolean;
  /** Events that may be under way at once without loss. */
  readonly window: number;
  /** Commands of the longest history. */
  readonly longest: number;
}

/** Of so many histories one has a restart. */
const oneRestartIn = 8;

/** Lists of commands that shrink to the shortest and plainest one. */
export class Histories extends Arbitrary<readonly Command[]> {
  readonly #command: Arbitrary<Command>;
  readonly #longest: number;
  readonly #restarts: boolean;

  constructor(ingredients: Ingredients) {
    super();
    this.#command = commandOf(ingredients);
    this.#longest = ingredients.longest;
    this.#restarts = ingredients.restarts;
  }

  override generate(random: Random, _bias: number | undefined): Value<readonly Command[]> {
    const length = random.nextInt(1, this.#longest);
    const commands = Array.from({ length }, () => this.#command.generate(random, undefined).value);
    if (this.#restarts && random.nextInt(1, oneRestartIn) === 1) {
      commands.splice(random.nextInt(0, length), 0, { do: 'restart' });
    }
    return new Value(commands, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is readonly Command[] {
    return Array.isArray(value);
  }

  override shrink(value: readonly Command[], context: unknown): Stream<Value<readonly Command[]>> {
    return new Stream(smaller(value, typeof context === 'number' ? context : value.length));
  }
}

function commandOf({ publishes, resumes, stalls, window }: Ingredients): Arbitrary<Command> {
  const client = constantFrom(...clients);
  const act = <const Name extends string>(name: Name) => constantFrom(name);
  const choices: { weight: number; arbitrary: Arbitrary<Command> }[] = [
    { weight: 4, arbitrary: record({ do: act('connect'), client }) },
    { weight: 4, arbitrary: record({ do: act('close'), client, how: constantFrom('fin', 'reset') }) },
    { weight: 1, arbitrary: record({ do: act('wait'), ms: constantFrom(1, 5, 20) }) },
  ];
  const add = (weight: number, arbitrary: Arbitrary<Command>): number => choices.push({ weight, arbitrary });
  if (publishes) {
    add(3, record({ do: act('publish'), events: constantFrom(1, 2, 5) }));
    add(3, record({ do: act('burst'), events: nat(window - 1).map((n) => n + 1) }));
    add(1, record({ do: act('burst'), events: constantFrom(window * 3) }));
    add(3, record({ do: act('trickle'), events: constantFrom(3, 8) }));
  }
  if (resumes) add(5, record({ do: act('connect'), client, back: constantFrom(0, 0, 0, 1, 3) }));
  if (stalls) {
    add(1, record({ do: act('stall'), client }));
    add(1, record({ do: act('resume'), client }));
  }
  return oneof(...choices);
}

/**
 * Smaller histories, the greatest step first: without some commands, with fewer clients, with fewer and smaller events.
 * The context of each is the number of commands that were last taken away at once: more need not be tried again.
 */
function* smaller(commands: readonly Command[], atOnce: number): IterableIterator<Value<readonly Command[]>> {
  for (let size = Math.min(atOnce, commands.length); size >= 1; size = Math.floor(size / 2)) {
    for (let end = commands.length; end > 0; end -= size) {
      yield new Value(commands.toSpliced(Math.max(0, end - size), Math.min(size, end)), size);
    }
  }
  const used = clients.filter((one) => commands.some((command) => 'client' in command && command.client === one));
  for (const one of used.toReversed()) {
    for (const other of clients.slice(0, clients.indexOf(one))) yield new Value(renamed(commands, one, other), 1);
  }
  for (const [at, command] of commands.entries()) {
    for (const plainer of plainerThan(command)) yield new Value(commands.with(at, plainer), 1);
  }
}

function renamed(commands: readonly Command[], from: Client, to: Client): Command[] {
  return commands.map((command) =>
    'client' in command && command.client === from ? { ...command, client: to } : command,
  );
}

function plainerThan(command: Command): Command[] {
  switch (command.do) {
    case 'publish':
    case 'trickle':
    case 'burst': {
      const sizes = [1, Math.floor(command.events / 2), command.events - 1].filter((n) => n >= 1 && n < command.events);
      const fewer: Command[] = [...new Set(sizes)].map((events) => ({ ...command, events }));
      if (command.do !== 'publish') return [{ do: 'publish', events: command.events }, ...fewer];
      return command.kib === undefined ? fewer : [{ do: 'publish', events: command.events }, ...fewer];
    }
    case 'connect':
      if (command.back === undefined) return [];
      return [{ do: 'connect', client: command.client }, ...(command.back > 0 ? [{ ...command, back: 0 }] : [])];
    case 'close':
      return command.how === 'fin' ? [] : [{ ...command, how: 'fin' }];
    case 'wait':
      return command.ms > 1 ? [{ do: 'wait', ms: Math.floor(command.ms / 2) }] : [];
    case 'abort':
    case 'stall':
    case 'resume':
    case 'restart':
      return [];
  }
}
