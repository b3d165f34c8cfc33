/** For target files: `import { defineTarget } from 'ssert'`. */
export { defineTarget, type TargetDefinition } from '@ssert/conformance';
