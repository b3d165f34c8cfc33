import { expect, test } from 'vitest';
import { findLeak } from './leaks.ts';

test.each([
  ['a stack frame of JavaScript', 'TypeError: x\n    at Layer.handle [as handle_request] (/srv/x/layer.js:95:5)'],
  ['a stack frame of JavaScript', 'Error<br> &nbsp; &nbsp;at async next (file:///C:/x/router.mjs:13:7)'],
  ['a stack frame of JavaScript', '{"stack":"Error\\n    at node:internal/main/run_main_module:23:47"}'],
  ['a stack frame of Python', 'Traceback (most recent call last):\n  File "main.py", line 3, in <module>'],
  ['a stack frame of Python', '{"detail":"File \\"/srv/a.py\\", line 12, in stream"}'],
  ['a stack frame of the JVM', '\tat org.example.Feed.open(Feed.java:42)'],
  ['a Java exception', '{"exception":"org.springframework.web.HttpMediaTypeNotAcceptableException"}'],
  ['a stack frame of .NET', '   at Feed.Open(String id) in C:\\src\\Feed.cs:line 12'],
  ['a stack frame of Go', 'goroutine 17 [running]:\nmain.stream(0xc0000b2000)'],
  ['a stack frame of Go', 'runtime error: index out of range [3] with length 3'],
  ['a stack frame of Ruby', "app/feed.rb:12:in `open'"],
  ['a stack frame of PHP', '<b>Warning</b>: Undefined index in stream.php on line 7'],
  ['a panic of Rust', "thread 'main' panicked at src/feed.rs:3:5"],
  ['a file path', 'no template in /usr/lib/feed/templates'],
  ['a file path', 'cannot load "/home/deploy/feed/settings.yml"'],
  ['a file path', "ENOENT: no such file or directory, open '/feed/17'"],
  ['a private address', 'upstream 10.1.2.3:8080 failed'],
  ['an address behind the server', 'connect ECONNREFUSED 127.0.0.1:6379'],
  ['the address of a service behind the server', 'cannot reach redis://cache:6379/0'],
  ['an address in memory', 'bad pattern <feed.Pattern object at 0x7f3a2c1d9e50>'],
  ['a database query', 'no row for SELECT body FROM events WHERE id = 1'],
  ['a database error', 'SQLSTATE[22P02]: invalid text representation'],
])('finds %s', (what, text) => {
  expect(findLeak(text)?.what).toBe(what);
});

test.each([
  'Cannot PUT /events',
  '{"error":"there is nothing here","path":"/app/events"}',
  'Look at the documentation: https://docs.example/home/errors.html',
  '<link href="/static/app.js"><script src="/app/main.js"></script><form action="/home/login.php">',
  'Please select a topic from the list and update your settings.',
  'too many streams: come back in 5 s',
  'trace 4bf92f3577b34da6a3ce929d0e0e4736',
  'your address 10.1.2.3 sent too many requests',
  'invalid id: expected digits at 12:30:05',
])('finds nothing in %j', (text) => {
  expect(findLeak(text)).toBeUndefined();
});

test('what the request said itself is no leak', () => {
  const text = 'Cannot GET /srv/app/stream.php and /var/www/x';
  expect(findLeak(text)).toBeDefined();
  expect(findLeak(text, ['/srv/app/stream.php', '/var/www/x'])).toBeUndefined();
});
