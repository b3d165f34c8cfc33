import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-behaviour.ts';

const capabilities: ClientBehaviour['capabilities'] = [
  ...literally.capabilities,
  'backoff',
  'backoff-settings',
  'jitter',
];

const backedOffMs: ClientBehaviour['waitMs'] = ({ reconnectionTimeMs }, failures, { backoff }) =>
  Math.max(reconnectionTimeMs, Math.min(reconnectionTimeMs * 2 ** failures, backoff?.maxMs ?? 30_000));

/** The right ways to back off: chance adds to a wait, or takes away. */
export const backsOff: Partial<ClientBehaviour> = {
  capabilities,
  waitMs: (...of) => backedOffMs(...of) * (1 + (of[2].jitter ?? 0) * Math.random()),
};
export const backsOffLess: Partial<ClientBehaviour> = {
  capabilities,
  waitMs: (...of) => backedOffMs(...of) * (1 - (of[2].jitter ?? 0) * Math.random()),
};

const others = /^(reconnect|lifecycle|limits|http|parse)\//;

export const backoffDefects: readonly ClientDefect[] = [
  {
    name: 'waits the same time after each failure',
    behaviour: { capabilities },
    breaks: 'reconnect/backoff-grows',
    alsoBreaks: others,
  },
  {
    name: 'counts all failures that ever were',
    behaviour: {
      ...backsOff,
      ...(() => {
        // One rule, one stream: the count may outlive both.
        let failures = 0;
        return {
          waitMs: (...[state, , options]: Parameters<ClientBehaviour['waitMs']>) =>
            Math.min(state.reconnectionTimeMs * 2 ** Math.min(failures++, 5), options.backoff?.maxMs ?? 30_000),
        };
      })(),
    },
    breaks: 'reconnect/backoff-resets',
    alsoBreaks: others,
  },
  {
    name: 'backs off from what it was told first',
    behaviour: {
      capabilities,
      waitMs: ({ reconnectionTimeMs }, failures, { backoff }) =>
        Math.min((backoff?.initialMs ?? reconnectionTimeMs) * 2 ** failures, backoff?.maxMs ?? 30_000),
    },
    breaks: 'reconnect/backoff-respects-retry',
    alsoBreaks: others,
  },
  {
    name: 'doubles in 32 bits',
    behaviour: {
      capabilities,
      waitMs: ({ reconnectionTimeMs }, failures, { backoff }) => {
        const doubled = Math.imul(reconnectionTimeMs, failures > 31 ? 0 : 1 << failures);
        return Math.max(0, Math.min(doubled, backoff?.maxMs ?? 30_000));
      },
    },
    breaks: 'reconnect/backoff-does-not-overflow',
    alsoBreaks: others,
  },
  {
    name: 'draws its waits from nought on',
    behaviour: {
      capabilities,
      waitMs: (...of) => backedOffMs(...of) * (of[2].jitter === undefined ? 1 : Math.random()),
    },
    breaks: 'reconnect/jitter-stays-in-range',
  },
  {
    name: 'takes every wait to be the same chance',
    behaviour: { capabilities, waitMs: (...of) => backedOffMs(...of) * (1 + (of[2].jitter ?? 0) * 0.4) },
    breaks: 'reconnect/herd-is-spread',
    alsoBreaks: others,
  },
  {
    name: 'tries again after each status where the caller names some',
    behaviour: {
      judge: (status, type, options) =>
        status >= 400 && options?.retryStatuses ? 'again' : literally.judge(status, type, options),
    },
    breaks: 'reconnect/caller-decides',
  },
  {
    name: 'comes back at once after what is not HTTP',
    behaviour: { waitMs: ({ reconnectionTimeMs }, failures) => (failures > 0 ? 20 : reconnectionTimeMs) },
    breaks: 'http/garbage-instead-of-http',
    alsoBreaks: others,
  },
  {
    name: 'tries once more than it was told to',
    behaviour: { mostFailures: ({ maxRetries = Number.POSITIVE_INFINITY }) => maxRetries + 1 },
    breaks: 'reconnect/gives-up-when-told',
  },
  {
    name: 'asks twice after one drop',
    behaviour: { requestsPerDrop: 2 },
    breaks: 'reconnect/one-request-per-drop',
    alsoBreaks: others,
  },
  { name: 'does not restart', behaviour: { restarts: false }, breaks: 'reconnect/restart-command' },
  {
    name: 'waits for ever in silence',
    behaviour: { silenceMs: () => undefined },
    breaks: 'reconnect/read-timeout',
  },
  {
    name: 'takes only whole lines for a sign of life',
    behaviour: { isLife: (chunk) => chunk.includes(10) },
    breaks: 'reconnect/any-byte-resets-the-read-timeout',
  },
];
