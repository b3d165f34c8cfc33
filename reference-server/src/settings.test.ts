import { SettingError } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { resolveSettings, serverSettings } from './settings.ts';

test('what is not given has the default of the table', () => {
  expect(resolveSettings({})).toEqual({
    host: '127.0.0.1',
    port: 0,
    events: false,
    heartbeatMs: 15_000,
    heartbeatAs: 'comment',
    maxStreams: 1000,
    queueEvents: 10,
    slowPolicy: 'drop-newest',
    store: 'memory',
    storeEvents: 100_000,
    storeAgeMs: 604_800_000,
    compress: false,
    replayEvents: 1000,
    replayBytes: 33_554_432,
    storedRecords: 100_000,
    maxEventBytes: 1_048_576,
    publishRate: 0,
    publishToken: '',
    allowedOrigins: [],
    corsCredentials: false,
    tlsCert: '',
    tlsKey: '',
    headerMs: 10_000,
    stallMs: 60_000,
    stopMs: 5000,
    logLevel: 'info',
  });
  expect(resolveSettings({ heartbeatMs: undefined }).heartbeatMs).toBe(15_000);
});

test('what is given is taken', () => {
  const given = {
    port: 8080,
    events: true,
    allowedOrigins: ['https://app.example', '*'],
    heartbeatAs: 'event',
  } as const;
  expect(resolveSettings(given)).toMatchObject(given);
});

test.each([
  ['port', 65_536, 'port is 65536; give a whole number from 0 to 65535'],
  ['heartbeatMs', 0.5, 'heartbeatMs is 0.5; give a whole number of ms from 10 to 600000'],
  ['maxStreams', Number.NaN, 'maxStreams is NaN; give a whole number from 1 to 1000000'],
  ['queueEvents', '10', 'queueEvents is "10"; give a whole number from 1 to 100000'],
  ['replayBytes', 0, 'replayBytes is 0; give a whole number of bytes from 1024 to 17179869184'],
  ['events', 'yes', 'events is "yes"; give true or false'],
  ['heartbeatAs', 'ping', 'heartbeatAs is "ping"; give one of comment event'],
  ['logLevel', 'loud', 'logLevel is "loud"; give one of silent error warn info debug'],
  ['host', '', 'host is ""; give text'],
  ['allowedOrigins', ['https://app.example/'], /^allowedOrigins is https:\/\/app.example\/; give a list of origins/],
  ['allowedOrigins', ['null'], /^allowedOrigins is null; give a list/],
  ['allowedOrigins', 'https://app.example', /^allowedOrigins is "https:\/\/app.example"; give a list/],
  ['heartbeat', 5, /^heartbeat is "not a setting"; give one of host port/],
])('%s: %j is refused with the name of the setting', (name, value, message) => {
  const resolve = (): unknown => resolveSettings({ [name]: value });
  expect(resolve).toThrow(SettingError);
  expect(resolve).toThrow(message);
  expect(resolve).toThrow(expect.objectContaining({ setting: name }));
});

test.each(['a b', 'a\nb', 'ä', '=', 7])('a publish token that no header carries is refused, and not shown', (token) => {
  const resolve = (): unknown => resolveSettings({ publishToken: token as string });
  expect(resolve).toThrow(/^publishToken is "…"; give letters, digits/);
});

test('an empty publish token is refused: it would open a server that is thought to be closed', () => {
  expect(() => resolveSettings({ publishToken: '' })).toThrow(/^publishToken is ""; give a token, or leave it away$/);
  expect(resolveSettings({ publishToken: undefined }).publishToken).toBe('');
});

test.each([[[]], [['*']], [['https://app.example', '*']]])('credentials are refused with the origins %j', (origins) => {
  const resolve = (): unknown => resolveSettings({ corsCredentials: true, allowedOrigins: origins });
  expect(resolve).toThrow(/^corsCredentials is true; give it only with allowedOrigins that are named/);
});

test('a certificate without its key is refused, and a key without its certificate', () => {
  expect(() => resolveSettings({ tlsCert: 'a.pem' })).toThrow(/^tlsKey is ""; give a file that goes with tlsCert/);
  expect(() => resolveSettings({ tlsKey: 'a.pem' })).toThrow(/^tlsCert is ""; give a file that goes with tlsKey/);
  expect(resolveSettings({ tlsCert: 'a', tlsKey: 'b' })).toMatchObject({ tlsCert: 'a', tlsKey: 'b' });
});

test('the table says of every setting what it is for, in one sentence', () => {
  for (const { meaning } of Object.values(serverSettings)) expect(meaning).toMatch(/^[A-Z].*\.$/);
});
