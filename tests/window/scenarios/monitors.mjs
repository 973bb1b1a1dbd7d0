// A monitor on a local folder: its patterns are tried out, a file that is dropped in starts a run once, and is listed;
// it is paused, deleted, and brought back.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, inBothThemes, listen, textOf } from '../harness/eyes.mjs';
import { choose, click, type, undo } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import * as builder from '../pages/builder.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'A file that is dropped into a watched folder starts a run and is listed';

const [JOB, MONITOR] = ['Put notes away', 'Delivery notes'];

export async function play({ home, open }) {
  const [from, to] = [home.at('notes', 'in'), home.at('notes', 'out')];
  for (const file of ['DN_old.csv', 'DN_draft.csv', 'DN_half.csv.part', 'dn_lower.csv', 'README.txt']) writeFileSync(join(from, file), 'old');
  const { browser } = await open();
  await listen(browser);
  await makeJob(browser, from, to);

  await goTo(browser, 'monitors');
  await browser.$('[data-empty]').waitForDisplayed();
  await inBothThemes(browser, 'monitors-empty');
  await click(browser, '#new-monitor');
  await type(browser, '#monitor-name', MONITOR);
  await type(browser, '#monitor-path', from);
  await lab(browser, 4, 5);
  await type(browser, '#monitor-include', 'DN_*.csv');
  await lab(browser, 2, 5);
  await type(browser, '#monitor-exclude', '*_draft.csv');
  await lab(browser, 1, 5);
  const why = await textOf(browser, '[data-lab]');
  for (const words of [/upper and lower case/, /\*\.part is left out/, /Left out by \*_draft\.csv/, /Does not fit DN_\*\.csv/]) assert.match(why, words);
  await type(browser, '#monitor-interval', '0');
  await until('the host says what is wrong', async () => /Enter a number from 1 to/.test(await textOf(browser, 'form [role=alert]')));
  await inBothThemes(browser, 'monitor-new');
  await type(browser, '#monitor-interval', '2');
  await type(browser, '#monitor-stability', '1');
  await choose(browser, '#binding-0', JOB);
  await click(browser, '#save-monitor');
  await browser.$(`[data-monitor="${MONITOR}"] #monitor-state[data-state=active]`).waitForDisplayed();
  await browser.$('[data-empty]').waitForDisplayed();

  // What was there when it began does not count; what comes does.
  writeFileSync(join(from, 'DN_new.csv'), 'a delivery note');
  await until('the file is listed', () => browser.execute(() => [...document.querySelectorAll('[data-seen-file]')].some((row) => row.dataset.seenFile.endsWith('DN_new.csv'))), 30_000);
  assert.equal(await browser.execute(() => document.querySelectorAll('[data-seen-file]').length), 1, 'only the new file counts');
  await until('its run puts it away', () => existsSync(join(to, 'DN_new.csv')), 30_000);
  await inBothThemes(browser, 'monitor');

  await click(browser, '[data-seen-file] a');
  await browser.$('#execution-state').waitForDisplayed();
  await until('the run is over', () => browser.execute(() => document.querySelector('#execution-state').dataset.state === 'completed'), 30_000);

  await goTo(browser, 'monitors');
  await browser.$(`[data-monitor-row="${MONITOR}"]`).waitForDisplayed();
  await until('it says what it starts', async () => new RegExp(JOB).test(await textOf(browser, `[data-monitor-row="${MONITOR}"]`)));
  await inBothThemes(browser, 'monitors');
  await click(browser, `[data-monitor-row="${MONITOR}"]`);
  await click(browser, '#steer-monitor');
  await browser.$('#monitor-state[data-state=paused]').waitForDisplayed();
  await click(browser, '#monitor-more');
  await click(browser, '[data-action=Delete]');
  await browser.$('[data-empty]').waitForDisplayed();
  await undo(browser);
  await browser.$(`[data-monitor-row="${MONITOR}"]`).waitForDisplayed();
  await complainsOfNothing(browser);
}

/** Waits until so many of so many files would count. */
const lab = (browser, matching, tried) =>
  until(`${matching} of ${tried} files match`, () => browser.execute((yes, all) => document.querySelector(`[data-lab="${yes}"][data-tried="${all}"]`) !== null, matching, tried));

/** Copies the file that will come. */
async function makeJob(browser, from, to) {
  await builder.newJob(browser);
  await type(browser, '#job-name', JOB);
  await click(browser, '[data-palette="file.copy"]');
  await builder.isInOrder(browser, 'file.copy');
  await builder.select(browser, 'file.copy');
  await builder.write(browser, 'source_path', join(from, 'DN_new.csv'));
  await builder.write(browser, 'destination_path', `${to}/`);
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await builder.save(browser, 1);
}
