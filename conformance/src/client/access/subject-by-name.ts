import { env } from 'node:process';
import { SettingError } from '@ssert/protocol';
import type { SubjectSource } from '../subject.ts';
import { adapterProcess } from './adapter-process.ts';
import { chromiumPage } from './browser.ts';

/**
 * The client that a word names, as `ssert check-client` takes it: `browser:chromium`, or the path of an adapter module.
 * @throws SettingError for another browser
 */
export function subjectByName(word: string): SubjectSource {
  if (word === 'browser:chromium') return chromiumPage(env.CHROMIUM);
  if (word.startsWith('browser:')) throw new SettingError('CLIENT', word, 'browser:chromium');
  return adapterProcess(word);
}
