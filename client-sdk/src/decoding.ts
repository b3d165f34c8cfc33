import type { StreamMessage } from './events.ts';
import { messageOf, type Problem } from './problem.ts';

/** The part of the Standard Schema interface (standardschema.dev) that decoding needs: zod, valibot, arktype and others have it. */
export interface StandardSchema<T = unknown> {
  readonly '~standard': {
    readonly validate: (value: unknown) => Validated<T> | Promise<Validated<T>>;
    readonly types?: { readonly output: T } | undefined;
  };
}

type Validated<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** Makes data of what came as text, or throws where it cannot. */
export type Decoder<T> = (data: string) => T;

/** Decodes JSON and trusts the server for its shape. */
export function json<T>(data: string): T {
  return JSON.parse(data) as T;
}

/**
 * Decodes JSON that must fit a schema.
 * @returns throws SyntaxError for what is no JSON, TypeError for what does not fit
 */
export function fitting<T>({ '~standard': schema }: StandardSchema<T>): Decoder<T> {
  return (data) => {
    const validated = schema.validate(JSON.parse(data));
    // To wait here would let later events overtake this one.
    if (validated instanceof Promise)
      throw new TypeError('the schema validates asynchronously; give one that does not');
    if (validated.issues) throw new TypeError(validated.issues.map(({ message }) => message).join('; '));
    return validated.value;
  };
}

/** Makes a message of the text of an event, or gives what kept it from that: its data cannot be decoded. */
export type Decode = (
  type: string,
  data: string,
  lastEventId: string,
  origin: string,
) => StreamMessage<unknown> | Problem;

/** @param decoders by the type of the event; without one its data stays text */
export function decodeBy(decoders: { readonly [type: string]: Decoder<unknown> | undefined } = {}): Decode {
  // No object: a server may name its events after the members of every object.
  const byType = new Map(Object.entries(decoders));
  return (type, data, lastEventId, origin) => {
    const decode = byType.get(type);
    try {
      return { type, data: decode ? decode(data) : data, lastEventId, origin };
    } catch (cause) {
      const message = `an event "${type}" cannot be decoded: ${messageOf(cause)}`;
      return { kind: 'payload', message, cause, raw: { type, data, lastEventId } };
    }
  };
}
