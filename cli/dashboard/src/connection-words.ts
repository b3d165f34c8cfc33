import type { Problem, StreamState } from '@ssert/client';

/** A connection's state as people are told it. */
export interface ConnectionWords {
  readonly kind: 'live' | 'connecting' | 'lost' | 'paused' | 'over';
  readonly label: string;
  /** A sentence. */
  readonly reason?: string;
}

/**
 * @param last what ended the connection before, which is still the reason while the next one is tried
 */
export function connectionWords(state: StreamState, last: Problem | undefined): ConnectionWords {
  switch (state.name) {
    case 'open':
      return { kind: 'live', label: 'Live' };
    case 'connecting':
      return { kind: 'connecting', label: 'Connecting', ...(last && { reason: sentence(last.message) }) };
    case 'waiting':
      if (state.retryInMs === undefined)
        return { kind: 'paused', label: 'Paused', reason: 'What comes meanwhile is loaded when you go on.' };
      return {
        kind: 'lost',
        label: 'Connection lost',
        ...(state.problem && { reason: sentence(state.problem.message) }),
      };
    case 'closed':
      return {
        kind: 'over',
        label: 'Ended',
        reason: state.problem ? sentence(state.problem.message) : 'The server said that the stream is over.',
      };
  }
}

/** What is said aloud when a state has lasted; nothing for states that pass by themselves. */
export function spokenWords({ kind, label, reason = '' }: ConnectionWords): string {
  switch (kind) {
    case 'connecting':
      return '';
    case 'lost':
      return `${label}. The page tries again by itself.`;
    case 'live':
    case 'paused':
      return `${label}.`;
    case 'over':
      return `${label}. ${reason}`;
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
