// Steps that touch no file, drawn from their specs: values under names are set, offered to later steps, and used; a job
// fails with words of its own.
import assert from 'node:assert/strict';
import { complainsOfNothing, isAccessible, listen, picture, settle, textOf } from '../harness/eyes.mjs';
import { click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import * as builder from '../pages/builder.mjs';

export const name = 'Values are set and used, a wait is over, and a job fails with words of its own';

export async function play({ open }) {
  const { browser } = await open();
  await listen(browser);
  await builder.newJob(browser);
  await type(browser, '#job-name', 'Check the day');
  for (const kind of ['context.set', 'flow.wait', 'flow.fail']) await builder.dragIn(browser, kind);
  await builder.isInOrder(browser, 'context.set', 'flow.wait', 'flow.fail');

  const set = await builder.select(browser, 'context.set');
  for (const [index, [key, value]] of [['region', 'north'], ['limit', '{{ 2 + 3 }}']].entries()) {
    await click(browser, '[data-add-line=values]');
    await type(browser, `[aria-label="Name of value ${index + 1}"]`, key);
    await builder.write(browser, `values.${key}`, value);
  }
  for (const theme of ['dark', 'light']) {
    await browser.execute((wanted) => document.documentElement.setAttribute('data-theme', wanted), theme);
    await settle(browser);
    await picture(browser, `builder-values-${theme}`);
    await isAccessible(browser, `values of a step, ${theme}`);
  }

  await builder.select(browser, 'flow.wait');
  await until('a wait without an end is a problem', async () => (await builder.errors(browser)) > 0);
  await type(browser, 'input[data-field=seconds]', '1');
  await builder.select(browser, 'flow.fail');
  await builder.insertBySearch(browser, 'message', `steps.${set}.region`, 'region');
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await settle(browser);
  await picture(browser, 'builder-logic-light');
  await builder.save(browser, 1);

  const { state, seen } = await builder.run(browser);
  assert.equal(state, 'failed');
  assert.ok(seen['context.set']?.includes('completed') && seen['flow.wait']?.includes('completed'), JSON.stringify(seen));
  await click(browser, '#open-run');
  await browser.$('#execution-state[data-state=failed]').waitForDisplayed();
  await until('the words of the job are told', async () => /north/.test(await textOf(browser, 'main')));
  await settle(browser);
  await picture(browser, 'execution-failed-on-purpose-light');
  await complainsOfNothing(browser);
}
