#!/usr/bin/env node
// Stands beside the build and not in it, so that npm can link the command in a clone that is not built yet.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../dist/main.js', import.meta.url))) {
  await import('../dist/main.js');
} else {
  process.stderr.write('ssert: this clone is not built yet: run "npm run build" in its root first\n');
  process.exitCode = 2;
}
