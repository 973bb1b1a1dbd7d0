import { useEffect, useRef } from 'react';

/** Does what an address asks for once; `onTaken` takes the question out of the address, so that going back does not ask it again. */
export function useAskedInAddress<T>(asked: T | null, act: (asked: T) => void, onTaken: () => void): void {
  const now = useRef({ act, onTaken });
  now.current = { act, onTaken };
  useEffect(() => {
    if (asked === null) return;
    now.current.act(asked);
    now.current.onTaken();
  }, [asked]);
}
