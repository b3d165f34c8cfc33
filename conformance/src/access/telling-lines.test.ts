import { expect, test } from 'vitest';
import { tellingLines } from './telling-lines.ts';

test.each([
  [
    'Node.js',
    `/app/server.js:3
if (!process.env.DB_URL) throw new Error('DB_URL is not set');
                         ^

Error: DB_URL is not set
    at Object.<anonymous> (/app/server.js:3:32)
    at node:internal/main/run_main_module:23:47 {
  code: 'NO_DB',
  [cause]: TypeError: of another kind
}

Node.js v20.20.2
`,
    'Error: DB_URL is not set',
  ],
  [
    'Python',
    `Traceback (most recent call last):
  File "server.py", line 1, in <module>
KeyError: 'DB_URL'

During handling of the above exception, another exception occurred:

  File "server.py", line 3, in <module>
app.ConfigurationError: DB_URL is not set
`,
    'app.ConfigurationError: DB_URL is not set',
  ],
  [
    'Java',
    `Exception in thread "main" java.lang.IllegalStateException: DB_URL is not set
\tat Server.main(Server.java:3)
`,
    'Exception in thread "main" java.lang.IllegalStateException: DB_URL is not set',
  ],
  [
    'Go, which names none',
    `2026/01/05 one\n2026/01/05 two\n2026/01/05 three\n2026/01/05 listen tcp :80: bind: permission denied\nexit status 1\n`,
    '2026/01/05 three / 2026/01/05 listen tcp :80: bind: permission denied / exit status 1',
  ],
  ['nothing', '\n', ''],
])('%s', (_, text, told) => {
  expect(tellingLines(text)).toBe(told);
});

test('a line without an end is cut', () => {
  expect(tellingLines('x'.repeat(1000))).toHaveLength(300);
});
