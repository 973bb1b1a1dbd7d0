/** Whether the window is as a media query says, also after it changes. */
import { useSyncExternalStore } from 'react';

/** Where a page of three columns has no room beside a wide navigation. */
export const SMALL_WINDOW = '(max-width: 1179px)';

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = window.matchMedia(query);
      media.addEventListener('change', changed);
      return () => media.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
  );
}
