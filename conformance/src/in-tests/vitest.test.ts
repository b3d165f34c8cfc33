import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startVitest } from 'vitest/node';

const conditions = ['@ssert/source'];

/** Runs a fixture in a vitest of its own and gives each test's state, with its first error or the reason of a skip. */
async function outcomes(
  fixture: string,
  { testNamePattern, hookTimeout }: { readonly testNamePattern?: string; readonly hookTimeout?: number } = {},
): Promise<Record<string, string>> {
  const vitest = await startVitest(
    'test',
    [],
    {
      root: join(import.meta.dirname, '../../testing'),
      config: false,
      watch: false,
      reporters: [{}],
      include: [`${fixture}.fixture.ts`],
      ...(testNamePattern === undefined ? {} : { testNamePattern }),
      ...(hookTimeout === undefined ? {} : { hookTimeout }),
    },
    { resolve: { conditions }, ssr: { resolve: { conditions, externalConditions: conditions } } },
  );
  try {
    const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
    return Object.fromEntries(
      tests.map((one) => {
        const outcome = one.result();
        const why = outcome.state === 'skipped' ? outcome.note : outcome.errors?.[0]?.message;
        const notes = one.annotations().map(({ type, message }) => `${type}: ${message}`);
        return [
          one.name.split(':')[0] ?? '',
          [outcome.state, why?.split('\n')[0], ...notes].filter(Boolean).join(' | '),
        ];
      }),
    );
  } finally {
    await vitest.close();
    process.exitCode = undefined;
  }
}

describe('the rules as vitest tests', () => {
  test('pass, fail, warn and are skipped each by themselves', async () => {
    expect(await outcomes('broken-server')).toEqual({
      'http/charset-utf-8': expect.stringMatching(/^failed \| .*latin1/),
      'http/not-cacheable': 'passed',
      'http/intermediary-directives': expect.stringMatching(/^passed \| warning: .*X-Accel-Buffering/),
      'http/cors-response': expect.stringMatching(/^skipped \| skip: for servers that promise browser/),
    });
  });

  test('are judged only where a filter lets them run', async () => {
    const only = { testNamePattern: 'http/not-cacheable' };
    const { 'http/not-cacheable': chosen, ...others } = await outcomes('broken-server', only);
    expect(chosen).toBe('passed');
    expect(new Set(Object.values(others))).toEqual(new Set(['skipped']));
  });

  test('wait for a server that takes longer to start than hooks have', async () => {
    expect(await outcomes('slow-start', { hookTimeout: 100 })).toEqual({ 'http/not-cacheable': 'passed' });
  });

  test('end when the signal of the caller aborts', async () => {
    expect(await outcomes('interrupted')).toEqual({ 'http/not-cacheable': 'failed | the run was interrupted' });
  });
});
