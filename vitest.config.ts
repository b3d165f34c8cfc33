import { defineConfig } from 'vitest/config';

const conditions = ['@ssert/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'test/**/*.test.ts',
            '*/src/**/*.test.ts',
            'conformance/{defects,legal}/**/*.test.ts',
            'reference-server/{benchmark,crash}/**/*.test.ts',
          ],
          testTimeout: 60_000,
          // Judging a server is mostly waiting for it.
          maxConcurrency: 4,
        },
      },
    ],
  },
});
