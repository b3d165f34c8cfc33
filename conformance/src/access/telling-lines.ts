/** `TypeError: …`, `java.net.BindException: …`, `Error [ERR_X]: …`, at the margin: causes and stacks are indented. */
const namesError = /^(Uncaught )?[\w.$]*(Error|Exception)\b/;

/**
 * What a server said of its end, in one line: the error that it names last, else its last three lines.
 * @param text what it wrote to its standard error
 */
export function tellingLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const naming = lines.findLast((line) => namesError.test(line));
  const last = lines.filter((line) => !/^Node\.js v\d/.test(line)).slice(-3);
  const told = naming ?? last.map((line) => line.trim()).join(' / ');
  return told.length > 300 ? `${told.slice(0, 299)}…` : told.trimEnd();
}
