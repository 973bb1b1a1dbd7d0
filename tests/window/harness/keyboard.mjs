// What a person does who has no mouse: go on with Tab, and press keys where they are.
import { Key } from './hands.mjs';
import { until } from './wait.mjs';

const REACH = 80;

/** Whether the keyboard is at what the selector names. */
export const isAt = (browser, selector) => browser.execute((wanted) => document.activeElement?.matches(wanted) ?? false, selector);

export const comesTo = (browser, selector) => until(`the keyboard is at ${selector}`, () => isAt(browser, selector));

/** Goes to it with Tab, or backwards with Shift and Tab, as far as a page's worth of stops. */
export async function tabTo(browser, selector, { back = false } = {}) {
  const passed = [];
  for (let stop = 0; stop < REACH; stop += 1) {
    if (await isAt(browser, selector)) return;
    await browser.keys(back ? [Key.Shift, Key.Tab] : Key.Tab);
    passed.push(await browser.execute(() => {
      const at = document.activeElement;
      return at?.id || at?.getAttribute('aria-label') || at?.tagName || 'nothing';
    }));
  }
  throw new Error(`Tab does not come to ${selector}; it came by ${passed.join(', ')}`);
}

/** Writes into the field that the keyboard is at, in the place of what is there. */
export async function write(browser, text) {
  await browser.keys([Key.Ctrl, 'a']);
  await browser.keys(Key.Backspace);
  await say(browser, text);
}

/** Types it letter by letter: keys that are given together are held together. */
export async function say(browser, text) {
  for (const letter of text) await browser.keys(letter);
}
