import { expect, test } from 'vitest';
import { tellsOfUnhandled } from './disconnects.ts';

test.each([
  'Uncaught TypeError: Cannot read properties of undefined',
  'Error [ERR_STREAM_WRITE_AFTER_END]: write after end',
  '2026/11/25 15:00:00 http: panic serving 127.0.0.1:40000: send on closed channel',
  'Task exception was never retrieved',
  'ERROR:    Exception in ASGI application',
  'Exception in thread "main" java.io.IOException: Broken pipe',
  "thread 'main' panicked at src/main.rs:4:5:",
])('an error that nobody handled is seen in "%s"', (line) => {
  expect(tellsOfUnhandled(line)).toBe(true);
});

test.each([
  'client left (ECONNRESET)',
  'write EPIPE',
  '{"level":50,"err":{"type":"Error","message":"aborted"},"msg":"stream closed"}',
  'handled 12 errors',
  'the panic button was not pressed',
])('and none in "%s"', (line) => {
  expect(tellsOfUnhandled(line)).toBe(false);
});
