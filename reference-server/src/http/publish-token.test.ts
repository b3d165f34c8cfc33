import { expect, test } from 'vitest';
import { tokenCheck } from './publish-token.ts';

const check = tokenCheck('s3cret-Token~/+==');

test.each(['Bearer s3cret-Token~/+==', 'bearer s3cret-Token~/+==', 'BEARER   s3cret-Token~/+=='])(
  '%s passes',
  (header) => {
    expect(check(header)).toBeUndefined();
  },
);

test.each([undefined, '', 'Bearer', 'Bearer ', 's3cret-Token~/+==', 'Basic czpz', 'Bearer a b'])(
  '%s carries no token',
  (header) => {
    expect(check(header)).toBe('missing');
  },
);

test.each(['Bearer x', 'Bearer S3cret-Token~/+==', 'Bearer s3cret-Token~/+=', `Bearer ${'x'.repeat(10_000)}`])(
  '%s carries the wrong token',
  (header) => {
    expect(check(header)).toBe('invalid_token');
  },
);
