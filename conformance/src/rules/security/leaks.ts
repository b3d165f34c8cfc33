/** What an error may tell about the inside of a server, by pattern; each is rare in text that was meant for others. */
const patterns: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    'a stack frame of JavaScript',
    /\bat (?:async )?(?:[^\s()]+ (?:\[as \w+\] )?\()?(?:node:|file:\/\/|\/|[A-Z]:\\)[^\s()]*:\d+:\d+/,
  ],
  ['a stack frame of Python', /Traceback \(most recent call last\)|File \\?"[^"\n]+\.pyx?\\?", line \d+/],
  [
    'a stack frame of the JVM',
    /\bat [\w$.]+\.[\w$<>]+\((?:[\w$]+\.(?:java|kt|scala|groovy|clj)(?::\d+)?|Native Method)\)/,
  ],
  [
    'a Java exception',
    /\b(?:javax?|jakarta|kotlin|scala|org\.springframework|io\.netty)\.[\w.]*[A-Z]\w*(?:Exception|Error)\b/,
  ],
  ['a stack frame of .NET', /\bat [\w.<>`]+\([^)\n]*\) in [^\n]+:line \d+/],
  ['a stack frame of Go', /\bgoroutine \d+ \[|\bruntime error: |[\w/-]\.go:\d+\b/],
  ['a stack frame of Ruby', /[\w/-]\.rb:\d+:in [`'\\]/],
  ['a stack frame of PHP', /\.php(?::\d+| on line |\(\d+\): )/],
  ['a panic of Rust', /\bpanicked at |[\w/-]\.rs:\d+:\d+/],
  [
    'a file path',
    /\/(?:node_modules|site-packages|dist-packages)\/|\/(?:var\/(?:www|lib|log|task)|usr\/(?:lib|local|src|share))\/[\w.-]/,
  ],
  [
    'a file path',
    /(?:^|[\s"'`(=>])\/(?:app|build|code|data|etc|home|mnt|opt|private|proc|root|srv|src|tmp|Users|var|workspace)\/[\w./@-]*\.(?:[cm]?[jt]sx?|py|rb|php|go|java|class|jar|rs|exs?|cs|dll|so|db|sqlite3?|sock|ya?ml|toml|ini|conf|env|log)\b/m,
  ],
  [
    'a file path',
    /\b(?:ENOENT|EACCES|EISDIR|ENOTDIR|EPERM)\b[^\n]{0,80}['"]\/[\w.-]+|\b[A-Z]:\\{1,2}(?:Users|inetpub|Windows|Program Files)\\/,
  ],
  ['a private address', /(?<![\d.])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}:\d{2,5}\b/],
  [
    'an address behind the server',
    /\b(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|dial tcp)\b[^\n]{0,40}?[\d.]{7,15}:\d{2,5}/,
  ],
  [
    'the address of a service behind the server',
    /\b(?:redis|rediss|postgres|postgresql|mysql|mongodb|mongodb\+srv|amqps?|nats):\/\/[^\s"'<]+/,
  ],
  [
    'an address in memory',
    /\b0xc0[0-9a-f]{8}\b|\b0x[57][0-9a-f]{11}\b|\bat 0x[0-9a-f]{6,16}\b|#<[A-Z][\w:]*:0x[0-9a-f]+/,
  ],
  [
    'a database query',
    /\b(?:SELECT\s[^;]{1,200}?\sFROM|INSERT\s+INTO|DELETE\s+FROM)\s+[\w"`[]|\bUPDATE\s+[\w"`.]+\s+SET\s/,
  ],
  [
    'a database error',
    /\bSQLSTATE\b|\bORA-\d{5}\b|\bSQLITE_[A-Z]+\b|syntax error at or near|in your SQL syntax|\bPG::\w+|\bWRONGTYPE Operation/,
  ],
];

/** Something that a text tells about the inside of the server. */
export interface Leak {
  /** What kind, with its article: "a stack frame of Python". */
  readonly what: string;
  /** The words themselves. */
  readonly excerpt: string;
}

/**
 * Looks for stack frames, file paths, addresses and queries.
 * @param echoes what the request itself said: an error may repeat it
 */
export function findLeak(text: string, echoes: readonly string[] = []): Leak | undefined {
  let own = text.replaceAll(/\b(?:src|href|action|content)\s*=\s*(?:"[^"]*"|'[^']*')/gi, '');
  for (const echo of echoes.filter(({ length }) => length > 3).sort((a, b) => b.length - a.length)) {
    own = own.replaceAll(echo, '…');
  }
  own = withoutEntities(own);
  for (const [what, pattern] of patterns) {
    const match = pattern.exec(own);
    if (match)
      return {
        what,
        excerpt:
          own
            .slice(match.index, match.index + 160)
            .trim()
            .split(/[\r\n]/, 1)[0] ?? '',
      };
  }
  return undefined;
}

/** The characters that HTML error pages escape in a stack trace. */
function withoutEntities(text: string): string {
  const entities: Record<string, string> = {
    '&nbsp;': ' ',
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
    '&amp;': '&',
  };
  return text.replace(/&(?:nbsp|lt|gt|quot|#39|amp);/g, (entity) => entities[entity] ?? entity);
}
