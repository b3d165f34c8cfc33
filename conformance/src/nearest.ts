/**
 * The candidates that someone may have meant, the likeliest first: for "did you mean".
 * @param most how many to give at most
 */
export function nearest(text: string, candidates: readonly string[], most = 3): string[] {
  const wanted = text.toLowerCase();
  return candidates
    .map((candidate) => ({ candidate, distance: distanceTo(candidate.toLowerCase(), wanted) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.min(candidate.length, wanted.length) / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** A part of the candidate counts as one edit, so that half a name finds the whole. */
function distanceTo(candidate: string, wanted: string): number {
  return wanted.length >= 3 && candidate.includes(wanted) ? 1 : edits(candidate, wanted);
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function edits(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
