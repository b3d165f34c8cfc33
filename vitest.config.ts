import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const conditions = ['@ssert/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Judging a server is mostly waiting for it, so a small machine has time for more than its cores.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'test/**/*.test.ts',
            '*/src/**/*.test.ts',
            'conformance/{defects,legal,mutation,stability}/**/*.test.ts',
            'conformance/targets/*.test.ts',
            'reference-server/{benchmark,crash}/**/*.test.ts',
          ],
          testTimeout: 120_000,
          maxConcurrency: 4,
        },
      },
    ],
  },
});
