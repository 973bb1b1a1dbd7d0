// Tags are made, renamed and recoloured in the window; each says what carries it, and before it is deleted what loses
// it and which rule is told of less. It comes back to what carried it. The store holds what was entered.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen, textOf } from '../harness/eyes.mjs';
import { click, Key, type, undo } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf, applyBundle } from '../peers/cli.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'Tags are made, changed and deleted with what they are on in view, and come back';

const [TAG, RENAMED, RULE] = ['Partner X', 'Partner X (north)', 'Tell the operators'];
const LONG = 'Everything that is sent before the books are closed at the end of a month, whoever sends it and wherever it goes';
const row = (tag) => `[data-tag-row="${tag}"]`;
const panel = (tag) => `[data-tag-panel="${tag}"]`;

const job = (name, tags) => ({ name, tags, steps: [{ name: 'Wait', type_key: 'flow.wait', configuration: { seconds: 0 } }] });

export async function play({ home, open }) {
  const { browser } = await open();
  await listen(browser);
  await goTo(browser, 'settings');
  await click(browser, '#settings-tags');
  await browser.$('[data-empty] #new-tag').waitForDisplayed();
  await inBothThemes(browser, 'tags-empty');
  await make(browser);

  applyBundle(home, {
    courier: 1,
    tags: [{ name: LONG, color: '#DC2626', category: 'Bookkeeping and controlling', description: 'Nothing of it may be late' }],
    jobs: [job('Send orders', [TAG, LONG]), job('Fetch invoices', [TAG])],
    monitors: [{ name: 'Delivery notes', tags: [TAG], watch_target: { type: 'local', path: home.at('notes') }, trigger_events: ['file_created'], file_patterns: ['*'], polling_interval_sec: 60, bindings: [{ job_id: 'Send orders' }] }],
    notification_rules: [{ name: RULE, event_types: ['JobFailed'], tags: [TAG], channel: { type: 'desktop' } }],
  });
  await until('what carries it is counted', async () => /2 jobs and 1 monitor/.test(await textOf(browser, row(TAG))));
  await until('the panel names it', async () => /Fetch invoices[\s\S]*Send orders[\s\S]*Delivery notes/.test(await textOf(browser, panel(TAG))));
  await browser.$(`${panel(TAG)} [data-carrier="${RULE}"]`).waitForDisplayed();
  await inBothThemes(browser, 'tags');
  await inSmallWindow(browser, 'tags');

  await rename(browser, home);
  await remove(browser, home);
  await complainsOfNothing(browser);
}

async function make(browser) {
  await click(browser, '#new-tag');
  await browser.$('#tag-dialog').waitForDisplayed();
  await inBothThemes(browser, 'tag-new');
  await type(browser, '#tag-name', TAG);
  await click(browser, '[data-color="#16A34A"]');
  await type(browser, '#tag-category', 'Partner');
  await type(browser, '#tag-description', 'Orders and invoices');
  await inBothThemes(browser, 'tag-filled');
  await click(browser, '#save-tag');
  await browser.$(panel(TAG)).waitForDisplayed();
  await until('the dialog is gone', async () => !(await browser.$('#tag-dialog').isExisting()));
  assert.match(await textOf(browser, panel(TAG)), /#16A34A[\s\S]*Partner[\s\S]*Nothing carries it yet/);
}

async function rename(browser, home) {
  await click(browser, '#edit-tag');
  await type(browser, '#tag-name', LONG.toUpperCase());
  await click(browser, '#save-tag');
  await until('a name that is taken is refused', async () => /already/.test(await textOf(browser, '#tag-dialog [role=alert]')));
  await inBothThemes(browser, 'tag-taken');
  await type(browser, '#tag-name', RENAMED);
  await type(browser, '#tag-color', '#7c3aed');
  await browser.keys(Key.Enter);
  await browser.$(panel(RENAMED)).waitForDisplayed();
  const renamed = answerOf(home, 'tag', 'list').find((tag) => tag.name === RENAMED);
  assert.deepEqual([renamed.color, renamed.category, renamed.description, renamed.uses], ['#7C3AED', 'Partner', 'Orders and invoices', { job: 2, file_monitor: 1 }]);
}

async function remove(browser, home) {
  await click(browser, '#delete-tag');
  await until('it says what loses it', async () => /taken off 2 jobs and 1 monitor: .*Fetch invoices/.test(await textOf(browser, '#confirm-dialog [data-carriers]')));
  assert.match(await textOf(browser, '#confirm-dialog [data-rules]'), new RegExp(RULE));
  await inBothThemes(browser, 'tag-delete');
  await click(browser, '#confirm-action');
  await until('it is gone', async () => !(await browser.$(row(RENAMED)).isExisting()));
  assert.equal(answerOf(home, 'tag', 'list').length, 1);
  await undo(browser);
  await until('it is back where it was', async () => /2 jobs and 1 monitor/.test(await textOf(browser, row(RENAMED))));
  assert.deepEqual(answerOf(home, 'tag', 'list').find((tag) => tag.name === RENAMED).uses, { job: 2, file_monitor: 1 });
}
