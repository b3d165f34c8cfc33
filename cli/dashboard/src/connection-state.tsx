import type { Problem, StreamState } from '@ssert/client';
import { systemClock } from '@ssert/protocol/system';
import { useEffect, useMemo, useRef } from 'react';
import { type ConnectionWords, connectionWords, spokenWords } from './connection-words.ts';
import { useEverySecond, useLasting } from './ticks.ts';

/** What passes sooner is not said aloud. */
const spokenAfterMs = 2000;

/** The connection's state, why it is so, and when the next try is. */
export function ConnectionState({ state, onRetry }: { readonly state: StreamState; readonly onRetry: () => void }) {
  const words = connectionWords(state, useLastProblem(state));
  return (
    <section className="connection" data-kind={words.kind} aria-label="Connection">
      <p className="state">
        <span className="dot" aria-hidden="true" />
        <strong>{words.label}</strong>
      </p>
      {(words.reason !== undefined || state.name === 'waiting') && (
        <p className="why">
          {words.reason}
          {state.name === 'waiting' && state.retryInMs !== undefined && (
            <NextTry key={state.failures} inMs={state.retryInMs} onRetry={onRetry} />
          )}
        </p>
      )}
      <Spoken words={words} />
    </section>
  );
}

function NextTry({ inMs, onRetry }: { readonly inMs: number; readonly onRetry: () => void }) {
  useEverySecond();
  const atMs = useMemo(() => systemClock.now() + inMs, [inMs]);
  const seconds = Math.max(0, Math.ceil((atMs - systemClock.now()) / 1000));
  return (
    <>
      {' '}
      <span className="countdown">Next try {seconds === 0 ? 'now' : `in ${seconds} s`}.</span>{' '}
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </>
  );
}

/** Says aloud what lasts, and no word twice: a connection that comes and goes stays silent. */
function Spoken({ words }: { readonly words: ConnectionWords }) {
  const last = useRef('');
  const spoken = spokenWords(words) || last.current;
  useEffect(() => {
    last.current = spoken;
  });
  return (
    <p className="spoken" role="status">
      {useLasting(spoken, spokenAfterMs, '')}
    </p>
  );
}

/** What last ended the connection, until the next one is open. */
function useLastProblem(state: StreamState): Problem | undefined {
  const last = useRef<Problem | undefined>(undefined);
  if (state.name === 'open') last.current = undefined;
  if (state.name === 'waiting') last.current = state.problem;
  return last.current;
}
