import { describe, expect, test } from 'vitest';
import { type Bundle, bundle, gzippedBytes } from '../testing/bundle.ts';

const limitBytes = 5 * 1024;

/** The files of the client's sources in a bundle, by their names. */
function ownFiles({ files }: Bundle): string[] {
  return files.flatMap((file) => /^client-sdk\/src\/(.*)\.ts$/.exec(file)?.[1] ?? []);
}

describe('the bundle of an app that uses', () => {
  test('EventStream alone is below 5 KB gzipped, its parser included', async () => {
    const core = await bundle("export { EventStream } from '@ssert/client'");
    const bytes = gzippedBytes(core);
    console.info(`@ssert/client: ${core.code.length} bytes minified, ${bytes} gzipped, of ${limitBytes}`);
    expect(bytes).toBeLessThan(limitBytes);
    expect(core.files).toContain('protocol/src/parser.ts');
  });

  test('EventStream alone holds nothing that it does not use', async () => {
    const core = await bundle("export { EventStream } from '@ssert/client'");
    const optional = ['among-tabs', 'latest', 'once-per-url', 'react', 'usage'];
    expect(ownFiles(core).filter((name) => optional.includes(name))).toEqual([]);
    expect(core.files.filter((file) => /encode|node_modules/.test(file))).toEqual([]);
    expect(core.code).not.toMatch(/~standard|BroadcastChannel/);
  });

  test('all of it stands on nothing but the web platform', async () => {
    const { code } = await bundle("export * from '@ssert/client'");
    expect(code).not.toMatch(/\bnode:|\bimport\b|\brequire\b|\bprocess\b|\bBuffer\b/);
  });

  test.each([
    ['StreamAmongTabs', '@ssert/client', 'among-tabs'],
    ['KeepLatest', '@ssert/client', 'latest'],
    ['useUsageStream', '@ssert/client/react', 'react'],
  ])('%s holds that', async (name, from, file) => {
    expect(ownFiles(await bundle(`export { ${name} } from '${from}'`))).toContain(file);
  });

  test('KeepLatest alone connects to nothing', async () => {
    expect(ownFiles(await bundle("export { KeepLatest } from '@ssert/client'"))).not.toContain('connection');
  });
});
