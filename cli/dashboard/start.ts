/**
 * What `npm start` does: builds the dashboard, and serves it with made-up usage, that of an office unless `--profile`
 * names another. Takes the flags of `ssert serve`.
 */
import { build } from 'vite';
import { runCommandLine } from '../src/command-line.ts';

await build({ configFile: `${import.meta.dirname}/vite.config.ts`, logLevel: 'warn' });

const given = process.argv.slice(2);
const isGiven = (flag: string): boolean => given.some((arg) => arg === flag || arg.startsWith(`${flag}=`));
const byDefault = [
  ...(isGiven('--profile') ? [] : ['--profile', 'office']),
  ...(isGiven('--log-level') ? [] : ['--log-level', 'warn']),
];
await runCommandLine(['serve', ...byDefault, ...given]);
