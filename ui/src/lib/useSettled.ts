import { useEffect, useState } from 'react';

/** A value that was the same for a moment: what is typed is not asked for letter by letter. */
export function useSettled<T>(value: T, after?: number): T;
/** As long as nothing was the same for a moment it is `first`. */
export function useSettled<T, F>(value: T, after: number, first: F): T | F;
export function useSettled<T>(value: T, after = 200, first = value): T {
  const [settled, setSettled] = useState(first);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), after);
    return () => clearTimeout(timer);
  }, [value, after]);
  return settled;
}
