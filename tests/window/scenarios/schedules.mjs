// A schedule that fires every second starts runs, is switched off and on, said in words, and removed with a way back;
// a job waits for another, and a circle of waiting is refused.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, listen, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, Key, type, undo } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import * as builder from '../pages/builder.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'A schedule starts runs by itself, and a job waits for another';

const [TICKS, AFTER] = ['Tick', 'After the tick'];
const EVERY_SECOND = '[data-schedule="Every second"]';

export async function play({ open }) {
  const { browser } = await open();
  await listen(browser);
  await makeJob(browser, TICKS);
  await makeJob(browser, AFTER);

  await startsOf(browser, TICKS);
  await browser.$('#starts-dialog [data-empty]').waitForDisplayed();
  await inBothThemes(browser, 'schedules-empty');
  await click(browser, '#add-schedule');
  await browser.$('#schedule-dialog').waitForDisplayed();
  await until('the first kind is said in words', async () => /^At 06:30, every day$/.test(await textOf(browser, '#schedule-words')));
  await choose(browser, '#schedule-kind', 'On weekdays');
  await until('weekdays are said in words', async () => /Monday to Friday/.test(await textOf(browser, '#schedule-words')));
  await until('its next times are told', () => browser.execute(() => document.querySelectorAll('#schedule-dialog [aria-label="Next times"] time').length === 5));
  await inBothThemes(browser, 'schedule-dialog');

  await type(browser, '#schedule-expression', '0 0 26 * * ?');
  await until('the host says what is wrong', async () => /In the hours/.test(await textOf(browser, '#schedule-dialog [role=alert]')));
  await inBothThemes(browser, 'schedule-wrong');
  await type(browser, '#schedule-expression', '* * * * * ?');
  await until('it is said in words', async () => (await textOf(browser, '#schedule-words')) === 'Every second');
  await click(browser, '#save-schedule');
  await browser.$(EVERY_SECOND).waitForDisplayed();
  await until('the dialog is gone', async () => !(await browser.$('#schedule-dialog').isExisting()));

  await close(browser);
  await goTo(browser, 'executions');
  await until('runs start by themselves', () => browser.execute((job) => document.querySelectorAll(`[data-execution-row="${job}"]`).length >= 3, TICKS), 30_000);

  await goTo(browser, 'dashboard');
  await until('the dashboard tells what comes next', () => browser.execute((job) => document.querySelector(`[data-next="${job}"]`) !== null, TICKS));

  await startsOf(browser, TICKS);
  await click(browser, `${EVERY_SECOND} [role=switch]`);
  await until('it is switched off', async () => (await browser.$(`${EVERY_SECOND} [role=switch]`).getAttribute('aria-checked')) === 'false');
  await settle(browser);
  await inBothThemes(browser, 'schedules');
  await click(browser, `${EVERY_SECOND} [aria-label^="More for"]`);
  await click(browser, '[data-action=Remove]');
  await until('it is gone', async () => !(await browser.$(EVERY_SECOND).isExisting()));
  await undo(browser);
  await browser.$(EVERY_SECOND).waitForDisplayed();
  assert.equal(await browser.$(`${EVERY_SECOND} [role=switch]`).getAttribute('aria-checked'), 'false', 'it comes back as it was');
  await close(browser);

  await dependencies(browser);
  await complainsOfNothing(browser);
}

async function dependencies(browser) {
  await startsOf(browser, AFTER);
  await click(browser, '#starts-dialog [data-tab=dependencies]');
  await choose(browser, '#dependency-job', TICKS);
  await click(browser, '[aria-label="Also after a failure"]');
  await click(browser, '#add-dependency');
  await browser.$(`[data-dependency="${TICKS}"]`).waitForDisplayed();
  assert.match(await textOf(browser, `[data-dependency="${TICKS}"]`), /also after a failure/);
  await close(browser);

  await startsOf(browser, TICKS);
  await click(browser, '#starts-dialog [data-tab=dependencies]');
  await browser.$(`[data-dependency="${AFTER}"]`).waitForDisplayed();
  await choose(browser, '#dependency-job', AFTER);
  await click(browser, '#add-dependency');
  await until('the circle is refused with its way', async () => /would wait for each other: .*Tick.*→/.test(await textOf(browser, '#starts-dialog [role=alert]')));
  await inBothThemes(browser, 'dependencies');
  await close(browser);
}

async function makeJob(browser, title) {
  await builder.newJob(browser);
  await type(browser, '#job-name', title);
  await click(browser, '[data-palette="flow.wait"]');
  await builder.isInOrder(browser, 'flow.wait');
  await builder.select(browser, 'flow.wait');
  await type(browser, 'input[data-field=seconds]', '0');
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await builder.save(browser, 1);
}

/** From the job's own page. */
async function startsOf(browser, job) {
  await goTo(browser, 'jobs');
  await click(browser, `[data-job-row="${job}"]`);
  await browser.$('[data-builder]').waitForDisplayed();
  await click(browser, '#job-schedules');
  await browser.$('#starts-dialog').waitForDisplayed();
}

async function close(browser) {
  await browser.keys(Key.Escape);
  await until('the dialog closes', async () => !(await browser.$('#starts-dialog').isExisting()));
}
