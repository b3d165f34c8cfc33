/** One listener for all: Node.js takes more than ten for a leak. */
const endings = new Set<() => void>();
process.once('exit', () => {
  for (const end of endings) end();
});

/**
 * However this process ends, what it started does not outlive it.
 * @returns forgets it, once it has ended by itself
 */
export function endWithThisProcess(end: () => void): () => void {
  endings.add(end);
  return () => void endings.delete(end);
}
