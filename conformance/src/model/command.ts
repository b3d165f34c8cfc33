/** The clients that histories by chance hold, each with one stream at a time. */
export const clients = ['A', 'B', 'C', 'D', 'E'] as const;
/** One of these, or one of a population: its kind and its number, such as `mobile7`. */
export type Client = (typeof clients)[number] | `${string}${number}`;

/**
 * One step of a history, as plain data: it can be printed, stored and done again. A step that does not fit the moment
 * (closing a stream that is not open) does nothing, so that any part of a history is a history as well.
 */
export type Command =
  /** Opens the client's stream and waits for its headers; `back` resumes that many events before the last one it has. */
  | { readonly do: 'connect'; readonly client: Client; readonly back?: number }
  /** Leaves. Silence lets the server go on for nothing: the connection stays, and nobody reads or ends it. */
  | { readonly do: 'close'; readonly client: Client; readonly how: 'fin' | 'reset' | 'silence' }
  /** Asks for the stream, and is gone before the response has begun. */
  | { readonly do: 'abort'; readonly client: Client }
  /** Publishes one event after the other, no faster than the readers parse them; `kib` makes each that large. */
  | { readonly do: 'publish'; readonly events: number; readonly kib?: number }
  /** Publishes as fast as the server accepts, while the commands after it go on. */
  | { readonly do: 'burst'; readonly events: number }
  /** Publishes one event every 2 ms, no faster than the readers parse them, while the commands after it go on. */
  | { readonly do: 'trickle'; readonly events: number }
  /** Stops reading. */
  | { readonly do: 'stall'; readonly client: Client }
  /** Reads again. */
  | { readonly do: 'resume'; readonly client: Client }
  | { readonly do: 'wait'; readonly ms: number }
  /** Ends the server's process and starts another on the same data. */
  | { readonly do: 'restart' };

/** A command as one says it: `connect A with the id of its last event`. */
export function inWords(command: Command): string {
  switch (command.do) {
    case 'connect':
      if (command.back === undefined) return `connect ${command.client}`;
      if (command.back === 0) return `connect ${command.client} with the id of its last event`;
      return `connect ${command.client} with the id of the event ${command.back} before its last`;
    case 'close':
      if (command.how === 'silence') return `let ${command.client} fall silent`;
      return command.how === 'fin' ? `close ${command.client}` : `reset ${command.client}`;
    case 'abort':
      return `let ${command.client} ask and be gone`;
    case 'publish':
      return `publish ${counted(command.events)}${command.kib === undefined ? '' : ` of ${command.kib} KiB`}`;
    case 'burst':
      return `meanwhile publish ${counted(command.events)} at once`;
    case 'trickle':
      return `meanwhile publish ${counted(command.events)}, one every 2 ms`;
    case 'stall':
      return `stall ${command.client}`;
    case 'resume':
      return `let ${command.client} read again`;
    case 'wait':
      return `wait ${command.ms} ms`;
    case 'restart':
      return 'restart the server';
  }
}

function counted(events: number): string {
  return events === 1 ? '1 event' : `${events} events`;
}

/** What is wrong with a value that should be a command, as "client is "Q"; give one of A B C D E"; undefined where it is one. */
export function complaintAboutCommand(value: unknown): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'is no object; give {"do": …}';
  const given = value as Record<string, unknown>;
  const fields = Object.hasOwn(shapes, String(given.do)) ? shapes[given.do as Command['do']] : undefined;
  if (!fields) return `do is ${JSON.stringify(given.do)}; give one of ${Object.keys(shapes).join(' ')}`;
  const surplus = Object.keys(given).find((name) => name !== 'do' && !Object.hasOwn(fields, name));
  if (surplus !== undefined) return `${surplus} is no key of ${String(given.do)}; take it out`;
  for (const [name, { fits, allowed, optional }] of Object.entries(fields)) {
    if (given[name] === undefined && optional) continue;
    if (!fits(given[name])) return `${name} is ${JSON.stringify(given[name])}; give ${allowed}`;
  }
  return undefined;
}

interface FieldShape {
  readonly fits: (value: unknown) => boolean;
  readonly allowed: string;
  readonly optional?: boolean;
}

const oneOf = (values: readonly string[]): FieldShape => ({
  fits: (value) => values.includes(value as string),
  allowed: `one of ${values.join(' ')}`,
});
const whole = (min: number, max: number, optional = false): FieldShape => ({
  fits: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  allowed: `a whole number from ${min} to ${max}`,
  optional,
});
const client: FieldShape = {
  fits: (value) => typeof value === 'string' && /^([A-E]|[a-z]{1,20}[1-9]\d{0,8})$/.test(value),
  allowed: `one of ${clients.join(' ')}, or one of a population such as mobile7`,
};

const shapes: Readonly<Record<Command['do'], Readonly<Record<string, FieldShape>>>> = {
  connect: { client, back: whole(0, 10_000, true) },
  close: { client, how: oneOf(['fin', 'reset', 'silence']) },
  abort: { client },
  publish: { events: whole(1, 10_000), kib: whole(1, 1024, true) },
  burst: { events: whole(1, 10_000) },
  trickle: { events: whole(1, 10_000) },
  stall: { client },
  resume: { client },
  wait: { ms: whole(1, 60_000) },
  restart: {},
};
