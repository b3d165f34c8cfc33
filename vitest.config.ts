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
<<<<<<< HEAD
            'conformance/{defects,legal,mutation,stability}/**/*.test.ts',
=======
            'conformance/{defects,legal,mutation}/**/*.test.ts',
            'conformance/targets/*.test.ts',
>>>>>>> 52db751 (Add eight real servers to judge, two side by side: Rust, Java, Python, Go, nginx, NestJS)
            'reference-server/{benchmark,crash}/**/*.test.ts',
          ],
          testTimeout: 60_000,
          maxConcurrency: 4,
        },
      },
    ],
  },
});
