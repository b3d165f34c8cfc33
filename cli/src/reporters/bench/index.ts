import type { BenchResult } from '@ssert/bench';

/** Reporters of a bench run for machines, each with the file that it writes into `--output`. */
export const benchFiles: Readonly<
  Record<string, { readonly file: string; readonly format: (result: BenchResult) => string }>
> = {
  json: { file: 'bench.json', format: (result) => `${JSON.stringify(result, null, 2)}\n` },
};
