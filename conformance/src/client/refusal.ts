import type { Play } from './play.ts';
import { type LateComplaint, type SceneCase, scene } from './scene-rule.ts';
import { FAST, FIN, ok, type Script } from './script.ts';

/** Longer than the default reconnection time of most clients, in ms. */
const longerThanDefaultMs = 3200;

/** A response that fails the connection: no event, an error, and no further request; at first, and on a reconnection. */
export function refused(label: string, response: Script): SceneCase[] {
  return [
    {
      label,
      ...scene(response),
      events: [],
      noMore: true,
      watchMs: longerThanDefaultMs,
      check: (play, { capabilities }) => (capabilities.has('error-event') ? complaintAboutErrors(play, 1) : undefined),
    },
    {
      label: `${label} on a reconnection`,
      ...scene(ok(FAST, FIN), response),
      events: [],
      requests: 2,
      noMore: true,
      watchMs: 1000,
      check: (play, { capabilities }) => (capabilities.has('error-event') ? complaintAboutErrors(play, 2) : undefined),
    },
  ];
}

/** What is wrong with the errors, where the last of so many must tell that the connection failed. */
function complaintAboutErrors({ errors, reports }: Play, count: number): string | LateComplaint | undefined {
  const opened = reports.filter(({ kind }) => kind === 'open').length;
  if (opened > count - 1) return 'the client told that the stream is open';
  const message = `${errors.length} errors were told, and ${count} would be right`;
  if (errors.length < count) return { message, boundMs: 1000, tookMs: 1001 };
  if (errors.length > count) return message;
  return undefined;
}
