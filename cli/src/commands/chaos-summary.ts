import type { ChaosState } from '@ssert/simulator';

const scales = [
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
] as const;

/** What has happened on a bad network, in lines for people. */
export function happenedLines(state: ChaosState): string[] {
  const { connections, open, refused, unreachable, upBytes, downBytes, fired, seed } = state;
  const notes = [
    `${open} still open`,
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(unreachable > 0 ? [`${unreachable} without an answer from the target`] : []),
  ];
  const rows = Object.entries(fired);
  const width = Math.max(0, ...rows.map(([fault]) => fault.length));
  return [
    `${connections} connection${connections === 1 ? '' : 's'} (${notes.join(', ')})`,
    `${sizeOf(downBytes)} down, ${sizeOf(upBytes)} up`,
    rows.length === 0 ? 'no fault did anything' : `what the faults did, with seed ${seed}:`,
    ...rows.map(([fault, count]) => `  ${fault.padEnd(width)}  ${count} time${count === 1 ? '' : 's'}`),
  ];
}

function sizeOf(bytes: number): string {
  const [scale, unit] = scales.find(([least]) => bytes >= least) ?? [1, 'bytes'];
  return `${scale === 1 ? bytes : (bytes / scale).toFixed(1)} ${unit}`;
}
