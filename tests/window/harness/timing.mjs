// How long the window takes, on the page's own clock: from the key or the button of the mouse to the frame that shows
// what it brings.
import { until } from './wait.mjs';

/**
 * Does `act` and gives the milliseconds from its first key or press until a frame was painted in which an element of
 * `selector` is seen whose text or value fits `text`.
 */
export async function untilPainted(browser, act, { selector, text = '' }) {
  await browser.execute((wanted, pattern) => {
    const fits = new RegExp(pattern);
    const times = (window.courierTimes = { pressed: 0, painted: 0 });
    const isThere = () => [...document.querySelectorAll(wanted)].some((one) => fits.test(one.value ?? one.textContent));
    const begin = (event) => {
      if (event.key === 'Control' || event.key === 'Shift') return;
      for (const kind of ['keydown', 'pointerdown']) window.removeEventListener(kind, begin, true);
      times.pressed = event.timeStamp;
      const look = () =>
        requestAnimationFrame(() => {
          if (!isThere()) return look();
          // The frame that has it is done when the next task runs.
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => (times.painted = performance.now());
          port2.postMessage(null);
        });
      look();
    };
    for (const kind of ['keydown', 'pointerdown']) window.addEventListener(kind, begin, true);
  }, selector, text);
  await act();
  return until(`${selector} ${text} is painted`, () =>
    browser.execute(() => window.courierTimes.painted > 0 && window.courierTimes.painted - window.courierTimes.pressed));
}

/** Frames a second while what `selector` finds is scrolled to its end, by as many pixels in each frame. */
export const framesWhileScrolling = (browser, selector, pixels, seconds) =>
  browser.executeAsync((wanted, step, limit, done) => {
    const place = document.querySelector(wanted);
    const begun = performance.now();
    let frames = 0;
    const next = () => {
      const passed = performance.now() - begun;
      const before = place.scrollTop;
      place.scrollTop += step;
      frames += 1;
      if (passed > limit * 1000 || place.scrollTop === before) {
        done({ perSecond: (frames / passed) * 1000, frames, scrolled: place.scrollTop });
      } else requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }, selector, pixels, seconds);
