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
 * @throws SettingError for another browser, and where there is no word or no command
 */
export function subjectByName(word: string): SubjectSource {
  if (word === 'browser:chromium') return chromiumPage(env.CHROMIUM);
  if (word.startsWith('browser:')) throw new SettingError('CLIENT', word, 'browser:chromium');
  if (word.trim() === '') throw new SettingError('CLIENT', word, 'an adapter module such as ./adapter.js');
  if (/^command:\s*$/.test(word)) {
    throw new SettingError('CLIENT', word, 'a shell command behind it, such as "command:python3 adapter.py"');
  }
  if (word.startsWith('command:')) return commandProcess(word.slice('command:'.length));
  if (/^https?:\/\//.test(word)) return testService(word);
  return adapterProcess(word);
}
