import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseRecording, type Recording, RecordingError, type Replay, serverRules } from '@ssert/conformance';
import { UsageError } from './usage-error.ts';

/**
 * Reads the file that `--replay-file` names.
 * @throws UsageError in one line that says what is wrong with it
 */
export async function openReplayFile(file: string): Promise<Replay> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--replay-file ${file} cannot be read: ${error.message}`);
  });
  const replay = parsed(file, text);
  const rule = serverRules.find(({ id }) => id === replay.rule);
  if (rule?.playsHistories) {
    if (rule.playsRestarts || !replay.commands.some((command) => command.do === 'restart')) return replay;
    throw new UsageError(
      `--replay-file ${file} restarts the server, and ${rule.id} does not; take {"do":"restart"} out`,
    );
  }
  const able = serverRules.filter(({ playsHistories }) => playsHistories).map(({ id }) => id);
  const why = rule ? 'plays no commands' : 'is none of this version';
  throw new UsageError(
    `--replay-file ${file} is for the rule ${replay.rule}, which ${why}; these do: ${able.join(' ')}`,
  );
}

function parsed(file: string, text: string): Replay {
  try {
    return parseRecording(text);
  } catch (error) {
    if (error instanceof RecordingError) throw new UsageError(`--replay-file ${file} ${error.message}`);
    throw error;
  }
}

/** Writes each recording as `replay/RULE.json` into the folder. @returns the files, by rule */
export async function keepRecordings(
  recordings: readonly Recording[],
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const recording of recordings) {
    const file = join(folder, 'replay', `${recording.rule}.json`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(recording, null, 2)}\n`);
    files.set(recording.rule, file);
  }
  return files;
}
