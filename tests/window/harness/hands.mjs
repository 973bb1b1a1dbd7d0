// What a person does: click, type, choose, drag.
import { Key } from 'webdriverio';
import { until } from './wait.mjs';

export { Key };

export async function click(browser, selector) {
  await until(`${selector} stands still and can be clicked`, async () => {
    // Found anew each time: a page that is drawn again has another one in its place.
    const element = browser.$(selector);
    await element.waitForClickable({ timeoutMsg: `${selector} cannot be clicked` });
    return standsStill(browser, element).catch(unlessGone);
  });
  await browser.$(selector).click();
}

/** Whether it stays where it is from one frame to the next: what slides away under the mouse is missed. */
const standsStill = async (browser, element) =>
  browser.executeAsync((target, done) => {
    const place = () => {
      const { left, top, width, height } = target.getBoundingClientRect();
      return [left, top, width, height].join(' ');
    };
    requestAnimationFrame(() => {
      const before = place();
      requestAnimationFrame(() => done(target.isConnected && place() === before));
    });
  }, await element.getElement());

/** Gone between being found and being looked at: not still. Anything else is a failure. */
function unlessGone(error) {
  if (!/stale element/i.test(`${error.name} ${error.message}`)) throw error;
  return false;
}

/** Replaces what is in a field. Fields that React controls take nothing else: setValue would append. */
export async function type(browser, selector, text) {
  await click(browser, selector);
  await browser.keys([Key.Ctrl, 'a']);
  if (text === '') await browser.keys(Key.Backspace);
  else await browser.$(selector).addValue(text);
}

/** Opens a select and takes the option with this label. A closed list stays on the page, unseen. */
export async function choose(browser, selector, label) {
  await click(browser, selector);
  // Closed lists may hold an option of the same value.
  await until(`"${label}" can be chosen`, () =>
    browser.execute((wanted) => {
      const options = [...document.querySelectorAll('[role=option][data-option]')];
      const found = options.find((candidate) => candidate.checkVisibility() && candidate.firstElementChild?.textContent === wanted);
      for (const option of options) option.toggleAttribute('data-wanted', option === found);
      return found !== undefined;
    }, label));
  await click(browser, '[role=option][data-wanted]');
  await until('the list closes', () =>
    browser.execute(() => ![...document.querySelectorAll('[role=option][data-option]')].some((candidate) => candidate.checkVisibility())));
}

/** Takes the way back that the last news offers, which may slide while one aims at it. */
export async function undo(browser) {
  await until('there is a way back', () =>
    browser.execute(() => {
      const button = [...document.querySelectorAll('[data-sonner-toast] button')].find(({ textContent }) => textContent === 'Undo');
      button?.click();
      return button !== undefined;
    }));
}

// One mouse for all phases: another would not know where this one is, nor that its button is down.
const pointer = (browser) => browser.action('pointer', { id: 'mouse', parameters: { pointerType: 'mouse' } });

/** Where to take hold of an element, after bringing it into view. */
const hold = (browser, selector) =>
  browser.execute((wanted) => {
    const element = document.querySelector(wanted);
    if (!element) return null;
    element.scrollIntoView({ block: 'nearest' });
    const box = element.getBoundingClientRect();
    return { x: Math.round(box.left + Math.min(box.width / 2, 60)), y: Math.round(box.top + box.height / 2) };
  }, selector);

const MOVES = 8;

/**
 * Takes hold of `from` and carries it over `to`, where it stays; `check` looks before the button is let go.
 *
 * Two phases, since the page needs time to see what it is over. The actions are performed without releasing them
 * afterwards: releasing while a button is down makes later typing lower case.
 */
export async function drag(browser, from, to, { mark = '[data-over]', check = async () => {} } = {}) {
  const [start, end] = [await hold(browser, from), await hold(browser, to)];
  if (!start || !end) throw new Error(`${start ? to : from} is not on the page`);
  const carry = pointer(browser).move(start).down();
  for (let step = 1; step <= MOVES; step += 1) {
    const part = (axis) => Math.round(start[axis] + ((end[axis] - start[axis]) * step) / MOVES);
    carry.move({ x: part('x'), y: part('y'), duration: 15 });
  }
  await carry.perform(true);
  try {
    let turn = 0;
    await until(`${to} takes what is dragged`, async () => {
      if (await browser.$(`${to}${mark}`).isExisting()) return true;
      turn += 1;
      await pointer(browser).move({ x: end.x + (turn % 2), y: end.y }).perform(true);
      return false;
    }, 5_000);
    await check();
  } finally {
    await pointer(browser).move(end).up().perform(true);
  }
}
