import { systemClock } from '@ssert/protocol/system';
import { useEffect, useState } from 'react';

/** Renders the component again every second while it is there. */
export function useEverySecond(): void {
  const [, setCount] = useState(0);
  useEffect(() => {
    let cancel = (): void => {};
    const next = (): void => {
      cancel = systemClock.after(1000, () => {
        setCount((count) => count + 1);
        next();
      });
    };
    next();
    return () => cancel();
  }, []);
}

/** The value once it has been the same for so long; before that, the one before. */
export function useLasting<T>(value: T, forMs: number, first: T): T {
  const [lasting, setLasting] = useState(first);
  useEffect(() => systemClock.after(forMs, () => setLasting(value)), [value, forMs]);
  return lasting;
}
