/** For target files: `import { defineTarget } from 'ssert'`. */
export { defineTarget, type TargetDefinition } from '@ssert/conformance';
export type { Report } from './report.ts';
/** For a page over the reports of many servers: `matrixPage(reports.map(serverOf))`. */
export { type JudgedServer, matrixPage, serverOf } from './reporters/html/matrix-page.ts';
