// A run that fails: what kind of cause it has and what to do are said, its log is followed, it is done again from a
// step, and the settings show who runs it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { complainsOfNothing, isAccessible, listen, paint, picture, settle, textOf } from '../harness/eyes.mjs';
import { click, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import * as builder from '../pages/builder.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'A failed run says its kind of cause, and is done again from a step with what went before';

const JOB = 'Put prices away';

export async function play({ home, open }) {
  const folder = home.at('prices');
  const [from, to] = [join(folder, 'in'), join(folder, 'out')];
  home.at('prices', 'in');
  writeFileSync(join(from, 'prices.csv'), 'date;price\r\n2026-11-23;41,20\r\n');
  const { browser } = await open();
  await listen(browser);
  await makeJob(browser, folder);

  const { state } = await builder.run(browser);
  assert.equal(state, 'failed');
  const copied = statSync(join(to, 'prices.csv')).mtimeMs;
  await click(browser, '#open-run');
  await browser.$('#failure[data-code=file_not_found][data-cause=data]').waitForDisplayed();
  assert.match(await textOf(browser, '#failure'), /Data[\s\S]*missing\.csv/, 'the kind of cause and the file are said');
  await browser.$('#failure [data-next=step]').waitForDisplayed();
  const first = await browser.execute(() => document.querySelector('[data-execution]').dataset.execution);

  await logIsFollowed(browser);
  for (const theme of ['dark', 'light']) {
    await show(browser, theme);
    await picture(browser, `execution-failed-${theme}`);
    await isAccessible(browser, `a failed run, ${theme}`);
  }

  // From the keyboard: the second step's line, then the question.
  await browser.execute(() => document.querySelector('[role=treegrid]').focus());
  await browser.keys([Key.ArrowDown]);
  await browser.keys([Key.ArrowDown]);
  await browser.keys(['r']);
  await until('it is said what happens', async () => /Not done again: Copy/.test(await textOf(browser, '#retry-told')));
  assert.match(await textOf(browser, '#retry-told'), /begins with Move/);
  for (const theme of ['dark', 'light']) {
    await show(browser, theme);
    await picture(browser, `execution-retry-${theme}`);
    await isAccessible(browser, `doing a run again, ${theme}`);
  }
  // What is missing arrives; what was copied must not be copied again, and the proof of it is in its own folder.
  writeFileSync(join(folder, 'missing.csv'), 'now there');
  await click(browser, '#retry-start');
  await until('the new run is shown', () => browser.execute((old) => {
    const shown = document.querySelector('[data-execution]')?.dataset.execution;
    return shown !== undefined && shown !== old;
  }, first));
  await until('the new run is over', () => browser.execute(() =>
    /completed|failed|cancelled/.test(document.querySelector('#execution-state')?.dataset.state ?? '')), 30_000);
  await settle(browser);
  await picture(browser, 'execution-retried-light');
  assert.equal(await browser.execute(() => document.querySelector('#execution-state').dataset.state), 'completed', await textOf(browser, 'main'));
  assert.match(await textOf(browser, 'main'), /Repeats an earlier run/);
  assert.deepEqual(readdirSync(to).sort(), ['missing.csv', 'prices.csv']);
  assert.equal(statSync(join(to, 'prices.csv')).mtimeMs, copied, 'what was done before is not done again');

  await goTo(browser, 'executions');
  await until('both runs are listed', () => browser.execute((job) => document.querySelectorAll(`[data-execution-row="${job}"]`).length === 2, JOB));
  await type(browser, '#filter', 'no such job');
  await until('none fits', async () => /No run fits/.test(await textOf(browser, 'main')));
  await type(browser, '#filter', 'prices');
  await until('both fit', () => browser.execute(() => document.querySelectorAll('[data-execution-row]').length === 2));
  await settle(browser);
  await picture(browser, 'executions-filtered-light');
  await isAccessible(browser, 'the list of runs');

  await nodesAreShown(browser);
  await complainsOfNothing(browser);
}

/** Copies a file, then moves one that is not there. */
async function makeJob(browser, folder) {
  await builder.newJob(browser);
  await type(browser, '#job-name', JOB);
  const add = async (kind, source, ...order) => {
    await click(browser, `[data-palette="${kind}"]`);
    await builder.isInOrder(browser, ...order);
    await builder.select(browser, kind);
    await builder.write(browser, 'source_path', source);
    await builder.write(browser, 'destination_path', `${join(folder, 'out')}/`);
  };
  await add('file.copy', join(folder, 'in', 'prices.csv'), 'file.copy');
  await add('file.move', join(folder, 'missing.csv'), 'file.copy', 'file.move');
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await builder.save(browser, 1);
}

async function logIsFollowed(browser) {
  const lines = () => browser.execute(() => [...document.querySelectorAll('[data-log]')].map((line) => line.dataset.log));
  await until('the log has its error', async () => (await lines()).includes('error'));
  const all = (await lines()).length;
  await click(browser, '#log-errors');
  await until('only errors are left', async () => {
    const left = await lines();
    return left.length > 0 && left.length < all && left.every((level) => level === 'error');
  });
  await type(browser, '#log-filter', 'MISSING.csv');
  await until('the file is found', async () => (await lines()).length > 0);
  await type(browser, '#log-filter', 'nowhere');
  await until('nothing is found', async () => /No line matches/.test(await textOf(browser, '#log')));
  await type(browser, '#log-filter', '');
  await click(browser, '#log-all');
  await until('everything is there again', async () => (await lines()).length === all);
}

async function nodesAreShown(browser) {
  await click(browser, '#node-chip');
  await browser.$('[data-node][data-alive=true]').waitForDisplayed();
  await until('one Courier takes runs', async () => /^1 Courier takes runs/.test(await textOf(browser, '#nodes-serving')));
  assert.match(await textOf(browser, '[data-node]'), /this window/);
  for (const theme of ['dark', 'light']) {
    await paint(browser, theme);
    await browser.execute(() => document.querySelector('#nodes').scrollIntoView());
    await settle(browser);
    await picture(browser, `settings-nodes-${theme}`);
    await isAccessible(browser, `nodes, ${theme}`);
  }
}

/** The theme without the settings' page. */
async function show(browser, theme) {
  await browser.execute((wanted) => document.documentElement.setAttribute('data-theme', wanted), theme);
  await settle(browser);
}
