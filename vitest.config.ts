import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const conditions = ['@ssert/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    maxWorkers: Math.max(4, 2 * availableParallelism()),
    // Conditions are waited for, however busy the machine is.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'test/**/*.test.ts',
            '*/src/**/*.test.ts',
            'conformance/{mutation,stability}/**/*.test.ts',
            'conformance/targets/*.test.ts',
            'reference-server/{benchmark,crash}/**/*.test.ts',
            'bench/liars/**/*.test.ts',
            'client-sdk/{contract-service,size}/**/*.test.ts',
          ],
          testTimeout: 120_000,
          maxConcurrency: 4,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          environment: 'node',
          include: ['client-sdk/browser/*.browser.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'judged',
          environment: 'node',
          include: ['conformance/{defects,legal,defective-clients}/**/*.test.ts'],
          testTimeout: 240_000,
          maxConcurrency: 4,
          // Together these keep every core busy, and on a busy machine a rule is right to leave a server undecided.
          retry: 2,
        },
      },
    ],
  },
});
