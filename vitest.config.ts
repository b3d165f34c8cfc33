import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { accusation } from './conformance/defects/accusation.ts';

const conditions = ['@ssert/source'];

/**
 * On a busy machine a rule is right to leave a server undecided, so its test is tried again. An accusation of who is right
 * is none on any machine: one of three runs that shows it is enough.
 */
const retry = { count: 2, condition: new RegExp(`^(?!${accusation})`) };

/** Rules that watch a client for seconds, one after the other. */
const patient = 'conformance/defective-clients/lives.test.ts';

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
            'conformance/matrix/*.test.ts',
            'simulator/defects/**/*.test.ts',
            'reference-server/{benchmark,crash}/**/*.test.ts',
            'bench/{benchmark,liars}/**/*.test.ts',
            'client-sdk/{contract-service,size}/**/*.test.ts',
            'cli/dashboard/*.test.ts',
            'cli/dashboard/src/**/*.test.ts',
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
          include: ['client-sdk/browser/*.browser.test.ts', 'cli/dashboard/browser/*.browser.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'judged',
          environment: 'node',
          include: ['conformance/{defects,legal,defective-clients}/**/*.test.ts'],
          exclude: [patient],
          testTimeout: 240_000,
          maxConcurrency: 4,
          retry,
        },
      },
      {
        extends: true,
        test: {
          name: 'judged patiently',
          environment: 'node',
          include: [patient],
          testTimeout: 240_000,
          // Its rules wait most of the time.
          maxConcurrency: 20,
          retry,
        },
      },
    ],
  },
});
