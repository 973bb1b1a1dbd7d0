/** Calls `act` once the page has nothing else to do, at the latest after `latest` ms. Returns what calls it off. */
export function whenIdle(act: () => void, latest = 2_000): () => void {
  if (typeof requestIdleCallback === 'function') {
    const asked = requestIdleCallback(act, { timeout: latest });
    return () => cancelIdleCallback(asked);
  }
  // WebKit says nothing of being idle: here it is when a frame comes in time, and so does a task after it.
  let asked = 0;
  const began = performance.now();
  const look = () => {
    const from = performance.now();
    asked = window.setTimeout(() => (performance.now() - from < CALM_MS || performance.now() - began > latest ? act() : look()), CALM_MS / 2);
  };
  look();
  return () => window.clearTimeout(asked);
}

/** A page that is at work is later than this. */
const CALM_MS = 100;
