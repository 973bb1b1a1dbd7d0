// A step is copied in one job and pasted in another, by keys; and its YAML stands in a text field, and comes back from one.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, listen, picture } from '../harness/eyes.mjs';
import { click, Key } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { applyBundle } from '../peers/cli.mjs';
import { goTo } from '../pages/frame.mjs';
import { dragStep, isInOrder, newJob, select } from '../pages/builder.mjs';

export const name = 'Steps are copied from one job to another, also as YAML through other text';

const JOB = 'Sort what came in';

export async function play({ home, open }) {
  const { browser } = await open();
  await listen(browser);
  applyBundle(home, {
    courier: 1,
    jobs: [{ name: JOB, parameters: [{ name: 'names', type: 'list' }], steps: [
      { name: 'Each file', type_key: 'flow.foreach', configuration: { source: '{{ params.names }}' } },
      { name: 'Put away', type_key: 'file.copy', configuration: { source_path: home.at('in/*.csv'), destination_path: home.at('out/') } },
      { name: 'End', type_key: 'flow.end' },
      { name: 'Wait', type_key: 'flow.wait', configuration: { seconds: 5 } },
    ] }],
  });
  await goTo(browser, 'jobs');
  await click(browser, `[data-job-row="${JOB}"]`);
  await browser.$('[data-builder]').waitForDisplayed();
  await select(browser, 'flow.foreach');
  await browser.keys([Key.Ctrl, 'c']);
  await told(browser, 'Each file copied');
  await inBothThemes(browser, 'copied');

  await newJob(browser);
  await click(browser, '[data-palette="flow.wait"]');
  await browser.$('[data-canvas] [data-type="flow.wait"]').waitForDisplayed();
  await select(browser, 'flow.wait');
  await browser.keys([Key.Ctrl, 'v']);
  await isInOrder(browser, 'flow.wait', 'flow.foreach', 'file.copy');
  await until('what was pasted is chosen', () => browser.execute(() => document.activeElement?.dataset.step === 'each_file'));

  // Another program would get the same text as this field.
  await click(browser, '#job-settings');
  await click(browser, '#job-description');
  await browser.keys([Key.Ctrl, 'v']);
  const yaml = await until('the YAML stands in the field', () => browser.$('#job-description').getValue());
  assert.match(yaml, /^steps:\n\s*- name: Each file\n/);
  assert.match(yaml, /type_key: file\.copy[\s\S]*destination_path/);
  await inBothThemes(browser, 'copied-yaml');
  // And it may be copied there, changed, and pasted as steps.
  await browser.$('#job-description').addValue('\n');
  await browser.keys([Key.Ctrl, 'a']);
  await browser.keys([Key.Ctrl, 'x']);
  await until('the field is empty', async () => (await browser.$('#job-description').getValue()) === '');
  await click(browser, '#settings-done');
  await until('the dialog is gone', async () => !(await browser.$('#settings-dialog').isExisting()));
  await select(browser, 'flow.wait');
  await browser.keys([Key.Ctrl, 'v']);
  await isInOrder(browser, 'flow.wait', 'flow.foreach', 'file.copy', 'flow.foreach', 'file.copy');

  await select(browser, 'flow.wait');
  await browser.keys([Key.Ctrl, 'x']);
  await isInOrder(browser, 'flow.foreach', 'file.copy', 'flow.foreach', 'file.copy');
  await browser.keys([Key.Ctrl, 'v']);
  await isInOrder(browser, 'flow.foreach', 'file.copy', 'flow.wait', 'flow.foreach', 'file.copy');
  await severalAtOnce(browser);
  await complainsOfNothing(browser);
}

/** Selected by the keyboard, then moved, dragged, deleted and brought back together. */
async function severalAtOnce(browser) {
  const selected = (count) => until(`${count} steps are selected`, () => browser.execute((wanted) => document.querySelectorAll('[data-canvas] [aria-selected=true]').length === wanted, count));
  await until('what was pasted is at hand', () => browser.execute(() => document.activeElement?.dataset.type === 'flow.wait'));
  await browser.keys(Key.Home);
  await until('the first is at hand', () => browser.execute(() => document.activeElement === document.querySelector('[data-canvas] [data-type]')));
  await browser.keys([Key.Shift, Key.ArrowDown]);
  await selected(2);
  await until('the inspector says so', () => browser.$('[data-several="2"]').isExisting());
  await inBothThemes(browser, 'several-steps');
  await browser.keys([Key.Alt, Key.ArrowDown]);
  await isInOrder(browser, 'flow.foreach', 'flow.foreach', 'file.copy', 'flow.wait', 'file.copy');
  await browser.keys([Key.Alt, Key.ArrowLeft]);
  await isInOrder(browser, 'flow.foreach', 'file.copy', 'flow.foreach', 'file.copy', 'flow.wait');
  await selected(2);
  await dragStep(browser, 'flow.wait', 'flow.foreach', { check: () => picture(browser, 'several-steps-drag-light') });
  await isInOrder(browser, 'flow.foreach', 'file.copy', 'flow.wait', 'flow.foreach', 'file.copy');
  await selected(2);
  await click(browser, '#several-delete');
  await isInOrder(browser, 'flow.foreach', 'file.copy');
  await browser.keys([Key.Ctrl, 'z']);
  await isInOrder(browser, 'flow.foreach', 'file.copy', 'flow.wait', 'flow.foreach', 'file.copy');
  await selected(2);
}

const told = (browser, words) =>
  until(`it says "${words}"`, () => browser.execute((wanted) => [...document.querySelectorAll('[data-sonner-toast]')].some(({ innerText }) => innerText.includes(wanted)), words));
