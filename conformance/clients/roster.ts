import { join } from 'node:path';
import {
  adapterProcess,
  chromiumPage,
  commandProcess,
  type SubjectSource,
  subjectByName,
} from '@ssert/conformance/client';
import type { Preparation } from '../matrix/preparation.ts';
import { ourClientInAPage } from './ssert-client/in-a-page.ts';

/** A client that the suite is run on. */
export interface RealClient {
  /** Of its folder here, where it has one. */
  readonly name: string;
  readonly source: SubjectSource;
  readonly preparation: Preparation;
}

const ofNpm: Preparation = { needs: ['npm'] };
const ofNpmWithAll: Preparation = { ...ofNpm, onlyWithAll: true };
const ofChromium: Preparation = { needs: [process.env.CHROMIUM ?? '/usr/bin/chromium'] };

/** The clients of the matrix, in the order of its columns. */
export const roster: readonly RealClient[] = [
  byAdapter('ssert-client', { needs: [] }),
  {
    name: 'chromium',
    source: subjectByName('browser:chromium'),
    preparation: ofChromium,
  },
  {
    name: 'ssert-client-chromium',
    source: chromiumPage(process.env.CHROMIUM, { client: ourClientInAPage }),
    preparation: { ...ofChromium, onlyWithAll: true },
  },
  byAdapter('node', { needs: [] }, ['--experimental-eventsource']),
  byAdapter('undici', ofNpmWithAll),
  byAdapter('eventsource', ofNpm),
  byAdapter('eventsource-client', ofNpmWithAll),
  byAdapter('launchdarkly-eventsource', ofNpmWithAll),
  byAdapter('fetch-event-source', ofNpmWithAll),
  byAdapter('event-source-plus', ofNpmWithAll),
  {
    name: 'r3labs-sse',
    source: commandProcess('exec ./client', folderOf('r3labs-sse')),
    preparation: { needs: ['go'], build: 'go build -buildvcs=false -o client .', onlyWithAll: true },
  },
  {
    name: 'httpx-sse',
    source: commandProcess('exec .venv/bin/python adapter.py', folderOf('httpx-sse')),
    preparation: {
      needs: ['python3'],
      build:
        'test -d .venv/lib || { python3 -m venv .venv && .venv/bin/pip install -q --no-deps -r requirements.txt; }',
      onlyWithAll: true,
    },
  },
];

function byAdapter(name: string, preparation: Preparation, nodeOptions: readonly string[] = []): RealClient {
  const conditions = process.execArgv.filter((option) => option.startsWith('--conditions='));
  const file = join(folderOf(name), 'adapter.ts');
  return { name, source: adapterProcess(file, [...conditions, ...nodeOptions]), preparation };
}

function folderOf(name: string): string {
  return join(import.meta.dirname, name);
}
