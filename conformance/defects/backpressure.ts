import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TargetDefinition } from '../src/index.ts';

/** A defect that only a process of its own shows. */
export interface ProcessDefect {
  readonly name: string;
  /** The script of this folder that is the server. */
  readonly script: string;
  readonly breaks: string;
}

export const backpressureDefects: readonly ProcessDefect[] = [
  {
    name: 'queues for a stalled reader without bound',
    script: 'unbounded-server.ts',
    breaks: 'backpressure/bounded-memory',
  },
];

const mib = 1024 * 1024;
const node = process.execPath;
const folder = fileURLToPath(new URL('.', import.meta.url));

/** A server script of this folder as a target that the harness starts; a small bound keeps the measuring short. */
export function processTarget(script: string): TargetDefinition {
  return {
    stream: 'http://127.0.0.1:{port}/stream',
    publish: 'http://127.0.0.1:{port}/publish',
    process: { start: `'${node}' --conditions=@ssert/source '${join(folder, script)}' {port}` },
    bounds: { 'stall-memory': 12 * mib },
  };
}
