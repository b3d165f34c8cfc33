import type { BenchResult } from '@ssert/bench';
import { trialsCsv, windowsCsv } from './csv.ts';
import { benchMarkdown } from './markdown.ts';
import { benchPage } from './page/bench-page.ts';

/** What `--reporter` of `ssert bench` can write, beside the report for the terminal. */
export const benchReporterNames = ['json', 'csv', 'markdown', 'html'] as const;
export type BenchReporterName = (typeof benchReporterNames)[number];

/** A report as the files that `--output DIR` gets. */
export function benchReport(
  name: BenchReporterName,
  result: BenchResult,
): { readonly file: string; readonly text: string }[] {
  switch (name) {
    case 'json':
      return [{ file: 'bench.json', text: `${JSON.stringify(result, null, 2)}\n` }];
    case 'csv':
      return [
        { file: 'trials.csv', text: trialsCsv(result) },
        { file: 'windows.csv', text: windowsCsv(result) },
      ];
    case 'markdown':
      return [{ file: 'bench.md', text: benchMarkdown(result) }];
    case 'html':
      return [{ file: 'bench.html', text: benchPage(result) }];
  }
}
