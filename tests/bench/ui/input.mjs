// From a key or a press of the mouse to the frame that shows what it brings.
import { Key, type } from '../../window/harness/hands.mjs';
import { framesWhileScrolling, untilPainted } from '../../window/harness/timing.mjs';
import { until } from '../../window/harness/wait.mjs';
import { untilNewest } from '../../window/pages/audit.mjs';
import { goTo } from '../../window/pages/frame.mjs';
import { LONG_JOB, STEPS } from './workspace.mjs';

const PALETTE = { selector: '#palette [role=option][aria-selected=true]' };
const SEARCHED = 'partner 777';
const OPENINGS = 10;
const PAGES = ['jobs', 'executions', 'chains', 'monitors', 'connections', 'keys', 'files', 'audit', 'settings', 'dashboard'];

/** The palette's openings and the letters typed into it. */
export async function palette(browser) {
  await goTo(browser, 'dashboard');
  const [opened, typed] = [[], []];
  for (let n = 0; n < OPENINGS; n += 1) {
    opened.push(await untilPainted(browser, () => browser.keys([Key.Ctrl, 'k']), PALETTE));
    await closePalette(browser);
  }
  await browser.keys([Key.Ctrl, 'k']);
  await browser.$('#palette [data-palette=input]').waitForDisplayed();
  for (const letter of SEARCHED) typed.push(await untilPainted(browser, () => browser.keys(letter), PALETTE));
  await closePalette(browser);
  return { opened, typed };
}

async function closePalette(browser) {
  await browser.keys(Key.Escape);
  await until('the palette is gone', async () => !(await browser.$('#palette').isExisting()));
}

/** From the press on a name in the navigation to the painted page; each page twice, the first time with its code. */
export async function pages(browser) {
  const [first, again] = [[], []];
  for (const took of [first, again]) {
    for (const place of PAGES) {
      const link = browser.$(`[data-nav=${place}]`);
      await link.waitForClickable();
      took.push(await untilPainted(browser, () => link.click(), {
        selector: '#content:not(:has([data-skeleton])) h1', text: `^${await link.getText()}$`,
      }));
    }
  }
  return { first, again };
}

/** A letter in the filter of a thousand jobs, until the field has it and the list was drawn anew. */
export async function filter(browser) {
  await goTo(browser, 'jobs');
  await browser.$('[data-job-row]').waitForDisplayed();
  await browser.$('#filter').click();
  const took = await letters(browser, '#filter', SEARCHED);
  await type(browser, '#filter', LONG_JOB);
  return took;
}

/** In a job of a thousand steps: from step to step by arrows, letters in a field of the inspector, frames while it scrolls. */
export async function longJob(browser) {
  await until('the job is in the list', () => browser.execute((name) => document.querySelectorAll('[data-job-row]').length === 1 && document.querySelector('[data-job-row]').textContent.includes(name), LONG_JOB));
  await browser.$('[data-job-row]').doubleClick();
  await until('all steps are drawn', () => browser.execute((steps) => document.querySelectorAll('[data-canvas] [data-type]').length === steps, STEPS), 60_000);
  await browser.$('[data-canvas] [data-step=copy_0]').click();
  const moved = [];
  for (let n = 1; n <= 20; n += 1) {
    moved.push(await untilPainted(browser, () => browser.keys(Key.ArrowDown), { selector: `[data-inspector=copy_${n}]` }));
  }
  const field = '[data-inspector] #step-name';
  await browser.$(field).click();
  const typed = await letters(browser, field, ' by night');
  const scrolled = await framesWhileScrolling(browser, '[data-canvas]', 60, 5);
  return { moved, typed, scrolled };
}

/** From the press to the newest of so many entries. */
export async function record(browser, entries) {
  const took = [];
  for (let n = 0; n < 5; n += 1) {
    await goTo(browser, 'jobs');
    await until('the record is not shown', async () => !(await browser.$('[data-audit-row]').isExisting()));
    took.push(await untilNewest(browser, entries));
  }
  return took;
}

async function letters(browser, selector, text) {
  const took = [];
  let so = await browser.$(selector).getValue();
  for (const letter of text) {
    so += letter;
    took.push(await untilPainted(browser, () => browser.keys(letter), { selector, text: `${so}$` }));
  }
  return took;
}
