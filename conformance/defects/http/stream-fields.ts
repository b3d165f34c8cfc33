type Fields = [string, string][];

/** The fields of a stream's head with one of them changed, or left out. */
export const withField =
  (wanted: string, change: (value: string) => string | undefined) =>
  (fields: Fields): Fields =>
    fields.flatMap(([name, value]): Fields => {
      if (name !== wanted) return [[name, value]];
      const changed = change(value);
      return changed === undefined ? [] : [[name, changed]];
    });

export const plus =
  (...more: Fields) =>
  (fields: Fields): Fields => [...fields, ...more];
