import { build } from 'vite';

let made: Promise<string> | undefined;

/** The dashboard as it is now, built once in this process. */
export function builtPage(): Promise<string> {
  made ??= buildPage();
  return made;
}

async function buildPage(): Promise<string> {
  const configFile = `${import.meta.dirname}/../vite.config.ts`;
  const built = await build({ configFile, logLevel: 'warn', build: { write: false } });
  const parts = 'output' in built ? built.output : [];
  const page = parts.find(({ fileName }) => fileName === 'index.html');
  if (page === undefined || !('source' in page)) throw new Error('the build has no page');
  return String(page.source);
}
