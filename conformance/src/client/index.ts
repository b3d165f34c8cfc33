export { adapterProcess } from './access/adapter-process.ts';
export { chromiumPage, type PageClient } from './access/browser.ts';
export { commandProcess } from './access/command-process.ts';
export { subjectByName } from './access/subject-by-name.ts';
export {
  type Capability,
  type ClientAdapter,
  type ClientReport,
  capabilities,
  defineClient,
  type Exposed,
  type OpenClient,
  type OpenOptions,
  type ReadyState,
} from './adapter.ts';
export { type ClientArea, type ClientRule, clientAreas } from './client-rule.ts';
export { clientRules } from './rules/index.ts';
export { clientNotTested } from './rules/not-tested.ts';
export { type ClientRunOptions, runClient } from './run-client.ts';
export { adapterHere, type SubjectSource } from './subject.ts';
