/** The part of a page that its address names is brought into view, and kept there while what is above it still loads. */
import { useLocation } from '@tanstack/react-router';
import { useEffect, type RefObject } from 'react';

export function useSectionInAddress(content: RefObject<HTMLElement | null>, ready: boolean): void {
  // The state is new with each navigation, also to the part that was shown already.
  const { hash, state } = useLocation();
  useEffect(() => {
    const section = ready && hash !== '' ? document.getElementById(hash) : null;
    if (!section || !content.current) return;
    const show = () => section.scrollIntoView({ block: 'start' });
    show();
    const watching = new ResizeObserver(show);
    watching.observe(content.current);
    const leave = () => watching.disconnect();
    for (const hand of HANDS) window.addEventListener(hand, leave, { once: true, capture: true });
    return () => {
      leave();
      for (const hand of HANDS) window.removeEventListener(hand, leave, { capture: true });
    };
  }, [content, ready, hash, state]);
}

/** Whoever does one of these goes on from there. */
const HANDS = ['wheel', 'keydown', 'pointerdown'] as const;
