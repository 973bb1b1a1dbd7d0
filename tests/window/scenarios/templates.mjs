// A new job from a template: it comes unsaved into the builder, whose problems lead to each place that is one's own.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen } from '../harness/eyes.mjs';
import { click, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf } from '../peers/cli.mjs';
import { errors, isInOrder, save, select, write } from '../pages/builder.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'A job is made from a template, and the problems lead to what is to be filled in';

export async function play({ home, open }) {
  const { browser } = await open();
  await listen(browser);
  await goTo(browser, 'jobs');
  await browser.$('#from-template').waitForDisplayed();
  await inBothThemes(browser, 'jobs-empty-template');
  await click(browser, '#from-template');
  await browser.$('[data-template=collect_and_archive]').waitForDisplayed();
  assert.equal((await browser.$$('[data-template]').getElements()).length, 6);
  await inBothThemes(browser, 'templates');
  await inSmallWindow(browser, 'templates');
  await click(browser, '[data-template=check_and_sort]');
  await isInOrder(browser, 'pgp.verify', 'flow.if', 'file.move', 'flow.fail');
  await until('what is missing is counted', async () => (await errors(browser)) === 2);
  await inBothThemes(browser, 'template-taken');

  await select(browser, 'pgp.verify');
  await write(browser, 'input_path', home.at('in/*.asc'));
  await until('one thing is missing', async () => (await errors(browser)) === 1);
  // A save that is refused goes to what is missing.
  await browser.keys([Key.Ctrl, 's']);
  await until('the field is at hand', () => browser.execute(() => document.activeElement?.dataset.field === 'destination_path' || document.activeElement?.closest('[data-template=destination_path]') !== null));
  await write(browser, 'destination_path', home.at('accepted/'));
  await until('nothing is missing', async () => (await errors(browser)) === 0);
  await type(browser, '#job-name', 'Check what partners send');
  await save(browser, 1);
  assert.deepEqual(answerOf(home, 'job', 'list').map((job) => job.name), ['Check what partners send']);
  await complainsOfNothing(browser);
}
