/**
 * LaunchDarkly's own harness (github.com/launchdarkly/sse-contract-tests, in Go) judges the client's test service.
 *
 *     npm run check:contract -- [--harness PATH] [-- ARGUMENTS OF THE HARNESS, such as -run REGEX or -debug]
 *
 * Without `--harness` it is built by `go install`, in a folder that goes away again. Exit 0 where all tests pass.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../reference-server/testing/free-port.ts';
import { startService } from './service.ts';

const harnessModule = 'github.com/launchdarkly/sse-contract-tests@latest';

const { values, positionals } = parseArgs({ options: { harness: { type: 'string' } }, allowPositionals: true });
const folder = mkdtempSync(join(tmpdir(), 'ssert-contract-'));
try {
  const harness = values.harness ?? build(folder);
  if (harness !== undefined) process.exitCode = await judge(harness, positionals);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function build(into: string): string | undefined {
  const { status, error } = spawnSync('go', ['install', harnessModule], {
    env: { ...process.env, GOBIN: into },
    stdio: 'inherit',
  });
  if (status === 0) return join(into, 'sse-contract-tests');
  process.stderr.write(
    `${harnessModule} could not be built${error ? ` (${error.message})` : ''}: build it from a clone, and give --harness PATH\n`,
  );
  process.exitCode = 2;
  return undefined;
}

async function judge(harness: string, harnessArguments: readonly string[]): Promise<number> {
  const { url, stop } = await startService(0);
  try {
    const port = String(await freePort());
    const child = spawn(harness, ['-url', url, '-port', port, ...harnessArguments], { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } catch (error) {
    process.stderr.write(`${harness} cannot be run: ${error instanceof Error ? error.message : error}\n`);
    return 2;
  } finally {
    stop();
  }
}
