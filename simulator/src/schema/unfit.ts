import { SettingError } from '@ssert/protocol';
import type { z } from 'zod';

/**
 * What is wrong with data that was read from JSON: the first field at fault, and what to give in its place.
 * @param error of a check with `reportInput`
 * @param what the whole is called
 * @param schema the file that lists what is allowed
 */
export function unfit({ issues: [issue] }: z.ZodError, what: string, schema: string): SettingError {
  if (!issue) return new SettingError(what, undefined, `what ${schema} lists`);
  if (issue.code === 'unrecognized_keys') return unknownField(issue, what, schema);
  const [path, allowed] = whatToGive(issue, schema);
  return new SettingError(path || what, short(issue.input), allowed);
}

function unknownField(
  { path, keys, input }: z.core.$ZodIssueUnrecognizedKeys,
  what: string,
  schema: string,
): SettingError {
  const [key = ''] = keys;
  const field = [...path, key].join('.');
  const error = new SettingError(field, short(input?.[key]), `one of the fields that ${schema} lists`);
  error.message = `a ${what} has no field ${field}; ${schema} lists those that it has`;
  return error;
}

function whatToGive(issue: z.core.$ZodIssue, schema: string): readonly [path: string, allowed: string] {
  const path = issue.path.join('.');
  switch (issue.code) {
    case 'too_small':
      return [path, `a value ${issue.inclusive ? 'from' : 'above'} ${issue.minimum}${issue.inclusive ? ' up' : ''}`];
    case 'too_big':
      return [path, `a value ${issue.inclusive ? 'up to' : 'below'} ${issue.maximum}`];
    case 'invalid_value':
      return [path, `one of ${issue.values.join(' ')}`];
    case 'invalid_type':
      return [path, `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`];
    case 'invalid_union':
      return [path, `one of the kinds that ${schema} lists`];
    default:
      return [path, issue.message];
  }
}

function short(value: unknown): unknown {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : undefined;
  return text && text.length > 60 ? `${text.slice(0, 59)}…` : (text ?? value);
}
