/**
 * When the first page is there: a mark on the browser's own clock, for whoever measures how long a start takes. The page
 * is there when a frame was painted in which nothing is on its way any more.
 */

/** The name of the mark. */
export const READY = 'page-ready';

let onTheWay = 0;
let isMarked = false;

/** A place for what is not there yet is shown; returns what to call when it is gone. */
export function isOnTheWay(): () => void {
  onTheWay += 1;
  return () => {
    onTheWay -= 1;
    // Another may take its place in the same frame.
    if (!isMarked) requestAnimationFrame(markIfReady);
  };
}

function markIfReady() {
  if (isMarked || onTheWay > 0) return;
  isMarked = true;
  // The frame has been painted when the next task runs.
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener('message', () => {
    performance.mark(READY);
    port1.close();
  });
  port1.start();
  port2.postMessage(null);
}
