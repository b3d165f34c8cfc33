import type { Report } from '../report.ts';

/** The report as JSON; `report.schema.json` describes it. */
export function jsonReport(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
