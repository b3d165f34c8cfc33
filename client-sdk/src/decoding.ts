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

/** Makes data of what came as text: a function that throws where it cannot, or a schema that the parsed JSON must fit. */
export type Decoder<T> = ((data: string) => T) | StandardSchema<T>;

/** Decodes JSON and trusts the server for its shape. */
export function json<T>(data: string): T {
  return JSON.parse(data) as T;
}

/**
 * Applies a decoder.
 * @throws whatever the function throws, SyntaxError for what is no JSON, TypeError for what does not fit the schema
 */
export function decode<T>(decoder: Decoder<T>, data: string): T {
  if (typeof decoder === 'function' && !('~standard' in decoder)) return decoder(data);
  const validated = (decoder as StandardSchema<T>)['~standard'].validate(JSON.parse(data));
  // To wait here would let later events overtake this one.
  if (validated instanceof Promise) throw new TypeError('the schema validates asynchronously; give one that does not');
  if (validated.issues) throw new TypeError(validated.issues.map(({ message }) => message).join('; '));
  return validated.value;
}
