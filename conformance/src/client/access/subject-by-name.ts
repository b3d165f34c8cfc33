import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { env } from 'node:process';
import { SettingError } from '@ssert/protocol';
import type { SubjectSource } from '../subject.ts';
import { adapterProcess } from './adapter-process.ts';
import { chromiumPage } from './browser.ts';
import { commandProcess } from './command-process.ts';
import { testService } from './test-service.ts';

/**
 * The client that a word names, as `ssert check-client` takes it: `browser:chromium`, the URL of a test service that speaks
 * LaunchDarkly's protocol, `command:` and a shell command, or the path of an adapter module.
 * @throws SettingError for another browser, and for a word that is none of them
 */
export function subjectByName(word: string): SubjectSource {
  if (word === 'browser:chromium') return chromiumPage(env.CHROMIUM);
  if (word.startsWith('browser:')) throw new SettingError('CLIENT', word, 'browser:chromium');
  if (/^command:.*\S/s.test(word)) return commandProcess(word.slice('command:'.length));
  if (/^https?:\/\//i.test(word) && URL.canParse(word)) return testService(word);
  if (!/^\.[cm]?[jt]s$/.test(extname(word))) {
    const url = /^(?:localhost|[\w.-]+:\d+)(?![^:/])/.test(word) ? `http://${word}` : 'http://localhost:8000';
    throw new SettingError(
      'CLIENT',
      word,
      `the URL of a test service such as ${url}, an adapter module that ends in .ts, .js or .mjs, browser:chromium, or command: and a shell command`,
    );
  }
  if (!existsSync(word)) throw new SettingError('CLIENT', word, 'the path of a file that is there');
  return adapterProcess(word);
}
