#!/usr/bin/env node
// Nothing is imported before the version is known: an older Node fails on the rest with an error that helps nobody.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `ssert: this is Node ${process.versions.node} and ssert needs 22.18 or newer: install it from https://nodejs.org\n`,
  );
  process.exitCode = 2;
} else {
  const { runCommandLine } = await import('./command-line.ts');
  await runCommandLine(process.argv.slice(2));
}

export {};
