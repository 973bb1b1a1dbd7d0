// A job with a loop and a branch: drawn by dragging into blocks, moved by keys, run, and its iterations read.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, listen, textOf } from '../harness/eyes.mjs';
import { click, drag, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import * as builder from '../pages/builder.mjs';

export const name = 'Steps go round a loop and into the branch that holds';

/** The empty place of a block's branch. */
async function place(browser, block, branch) {
  const key = await browser.execute((wanted, of) => {
    const found = [...document.querySelectorAll('[data-canvas] > [role=tree] > *')];
    const from = found.findIndex((row) => row.dataset.type === wanted);
    const label = found.findIndex((row, index) => index > from && row.dataset.branch === of);
    return found.slice(label).find((row) => row.dataset.gap)?.dataset.gap ?? null;
  }, block, branch);
  assert.ok(key, `a place in ${block}, ${branch}`);
  return `[data-gap="${key}"]`;
}

export async function play({ open }) {
  const { browser } = await open();
  await listen(browser);
  await builder.newJob(browser);
  await type(browser, '#job-name', 'Sort the days');
  await builder.dragIn(browser, 'context.set');
  await builder.dragIn(browser, 'flow.foreach');
  await drag(browser, '[data-palette="flow.if"]', await place(browser, 'flow.foreach', 'each'));
  await drag(browser, '[data-palette="flow.wait"]', await place(browser, 'flow.if', 'holds'));
  await drag(browser, '[data-palette="flow.fail"]', await place(browser, 'flow.if', 'otherwise'));
  await builder.isInOrder(browser, 'context.set', 'flow.foreach', 'flow.if', 'flow.wait', 'flow.fail');

  const set = await builder.select(browser, 'context.set');
  await click(browser, '[data-add-line=values]');
  await type(browser, '[aria-label="Name of value 1"]', 'days');
  await builder.write(browser, 'values.days', '{{ [1, 2, 3] }}');
  await builder.select(browser, 'flow.foreach');
  await builder.insertBySearch(browser, 'source', `steps.${set}.days`, 'days');
  await builder.select(browser, 'flow.if');
  await builder.insertBySearch(browser, 'left', 'loop.item', 'loop.item');
  await builder.write(browser, 'right', '9');
  await builder.select(browser, 'flow.fail');
  await builder.write(browser, 'message', 'not today');
  await builder.select(browser, 'flow.wait');
  await type(browser, 'input[data-field=seconds]', '0');

  // By keys: out of the branch, and back into it.
  await click(browser, builder.step('flow.fail'));
  const level = () => browser.$(builder.step('flow.fail')).getAttribute('aria-level');
  assert.equal(await level(), '3');
  await browser.keys([Key.Alt, Key.ArrowLeft]);
  await until('the step is out of the branch', async () => (await level()) === '2');
  await browser.keys([Key.Alt, Key.ArrowRight]);
  await until('the step is in the block again', async () => (await level()) === '3');
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await inBothThemes(browser, 'builder-blocks');
  await builder.save(browser, 1);

  // Taken back by the keys, the step is in the branch that does not hold.
  const { state } = await builder.run(browser);
  assert.equal(state, 'completed');
  await until('the loop says how many items are done', async () => /3 of 3/.test(await textOf(browser, builder.step('flow.foreach'))));
  await inBothThemes(browser, 'builder-blocks-done');
  await click(browser, '#open-run');
  await browser.$('#execution-state[data-state=completed]').waitForDisplayed();
  await inBothThemes(browser, 'execution-loop');
  await complainsOfNothing(browser);
}
