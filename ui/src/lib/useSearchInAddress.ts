import { useEffect, useRef, useState } from 'react';
import { useSettled } from './useSettled';

/** What is typed, put into the address once it has settled; and what the address says when it was changed from elsewhere. */
export function useSearchInAddress(q: string, onSettled: (q: string) => void): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(q);
  const settled = useSettled(text.trim());
  const known = useRef(q);
  useEffect(() => {
    if (settled === known.current) return;
    known.current = settled;
    onSettled(settled);
    // oxlint-disable-next-line exhaustive-deps -- only what has settled is news
  }, [settled]);
  useEffect(() => {
    if (q === known.current) return;
    known.current = q;
    setText(q);
  }, [q]);
  return [text, setText];
}
