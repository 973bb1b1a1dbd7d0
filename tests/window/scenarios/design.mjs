// Every part that pages are made of, in each of its states: looked at in both themes and in a small window.
import { complainsOfNothing, inBothThemes, inSmallWindow, listen } from '../harness/eyes.mjs';
import { click, Key } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';

export const name = 'The page of all parts shows each in its states, in both themes and in a small window';

/** Parts that open above the page, and what opens. */
const FLOATING = [
  ['#design-menu', '[role=menu]'],
  ['#design-popover', '[role=dialog]'],
  ['#design-dialog', '#design-dialog-open'],
  ['#design-question', '[role=alertdialog]'],
  ['#design-select', '[role=listbox]'],
  ['#design-browse', '#path-browser [data-entry]'],
];

export async function play({ open }) {
  const { browser } = await open();
  await listen(browser);
  await browser.execute(() => { location.hash = '#/design'; });
  await browser.$('[data-design] [data-specimen]').waitForExist();
  await until('the cron field says its next times', () => browser.execute(() => document.querySelectorAll('[data-design] [aria-label="Next times"] time').length === 5));

  const heights = await browser.execute(() => {
    const page = document.querySelector('[data-design]');
    return { all: page.scrollHeight, one: page.clientHeight };
  });
  for (let at = 0; at * heights.one < heights.all; at += 1) {
    await browser.execute((top) => { document.querySelector('[data-design]').scrollTop = top; }, at * heights.one);
    // Skeletons and busy buttons are among the parts.
    await inBothThemes(browser, `design-${at + 1}`, { busy: true });
  }
  for (const [way, opened] of FLOATING) {
    await browser.$(way).scrollIntoView({ block: 'center' });
    await click(browser, way);
    // Lists of other parts stay on the page, closed.
    const isOpen = () => browser.execute((wanted) => [...document.querySelectorAll(wanted)].some((part) => part.checkVisibility()), opened);
    await until(`${way} opens`, isOpen);
    await inBothThemes(browser, `design-open-${way.slice('#design-'.length)}`, { busy: true });
    await browser.keys(Key.Escape);
    await until(`${way} closes`, async () => !(await isOpen()));
  }
  await inSmallWindow(browser, 'design', null, { busy: true });
  await complainsOfNothing(browser);
}
