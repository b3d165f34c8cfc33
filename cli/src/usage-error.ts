/** Wrong usage; the message is one line that names what to change. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
