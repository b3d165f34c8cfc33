import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where `npm run build` puts it, and the published package has it. */
const file = fileURLToPath(new URL('../../../dist/dashboard/index.html', import.meta.url));

/** The dashboard as one HTML file; undefined where it was not built. */
export async function dashboardPage(): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
