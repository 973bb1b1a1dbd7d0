// A run that goes on: it is seen where it stands, who holds it, and it is paused, goes on and is cancelled from its page.
import assert from 'node:assert/strict';
import { complainsOfNothing, isAccessible, listen, picture, settle, textOf } from '../harness/eyes.mjs';
import { click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import * as builder from '../pages/builder.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'A run is followed, paused, let go on and cancelled from its page, and its node says that it holds it';

const JOB = 'Wait for the bank';

export async function play({ open }) {
  const { browser } = await open();
  await listen(browser);
  await builder.newJob(browser);
  await type(browser, '#job-name', JOB);
  await click(browser, '[data-palette="flow.wait"]');
  await builder.isInOrder(browser, 'flow.wait');
  await builder.select(browser, 'flow.wait');
  await type(browser, 'input[data-field=seconds]', '900');
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await builder.save(browser, 1);
  await click(browser, '#run-job');
  await click(browser, '#open-run');

  await is(browser, 'running');
  await browser.$('[data-step=wait][data-state=running]').waitForDisplayed();
  assert.equal(await browser.$('[data-retry-from]').isExisting(), false, 'what is not over is not done again');
  await until('the log says that it began', async () => /Wait began/.test(await textOf(browser, '#log')));
  for (const theme of ['dark', 'light']) {
    await browser.execute((wanted) => document.documentElement.setAttribute('data-theme', wanted), theme);
    await settle(browser);
    await picture(browser, `execution-running-${theme}`);
    await isAccessible(browser, `a run that goes on, ${theme}`);
  }
  const run = await browser.execute(() => location.hash);

  await click(browser, '#node-chip');
  await until('the node names the run', async () => (await textOf(browser, '[data-node]')).includes(JOB));
  await click(browser, '[data-node] a');
  await until('the run is open again', () => browser.execute((address) => location.hash === address, run));

  await click(browser, '#pause');
  await is(browser, 'paused');
  await click(browser, '#resume');
  await is(browser, 'running');
  await click(browser, '#cancel');
  await click(browser, '#confirm-action');
  await is(browser, 'cancelled');
  await until('the log says how it ended', async () => /cancelled/.test(await textOf(browser, '#log')));

  await goTo(browser, 'settings');
  await until('the node holds nothing', async () => /None/.test(await textOf(browser, '[data-node]')));
  await complainsOfNothing(browser);
}

const is = (browser, state) => browser.$(`#execution-state[data-state=${state}]`).waitForDisplayed({ timeout: 20_000, timeoutMsg: `the run is not ${state}` });
