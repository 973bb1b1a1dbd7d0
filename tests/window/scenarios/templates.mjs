// A new job from a template: it comes unsaved into the builder, whose problems lead to each place that is one's own.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen } from '../harness/eyes.mjs';
import { choose, click, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf, applyBundle } from '../peers/cli.mjs';
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
  await whatStartsIsMade(browser, home);
  await complainsOfNothing(browser);
}

/** What a template says of a schedule or a monitor is there with the first version, and off. */
async function whatStartsIsMade(browser, home) {
  applyBundle(home, { courier: 1, connections: [{ name: 'Harbour bank', protocol: 'sftp', host: '127.0.0.1', username: 'u', auth_method: 'password', password: { env: 'BANK_PASSWORD' } }] }, { BANK_PASSWORD: 'not asked for' });
  const fill = async (template, folder) => {
    await goTo(browser, 'jobs');
    await click(browser, '#from-template');
    await click(browser, `[data-template=${template}]`);
    await isInOrder(browser, 'sftp.upload');
    await select(browser, 'sftp.upload');
    await choose(browser, '[data-field=connection_id] button', 'Harbour bank');
    await write(browser, 'local_path', folder);
    await write(browser, 'remote_path', '/in/');
    await until('nothing is missing', async () => (await errors(browser)) === 0);
    await save(browser, 1);
    await browser.$('#made-start').waitForDisplayed();
  };
  await fill('nightly_mirror', `${home.at('mirror')}/`);
  await inBothThemes(browser, 'template-schedule-made');
  await click(browser, '#made-look');
  await browser.$('[data-schedule] [role=switch][aria-checked=false]').waitForDisplayed();
  assert.deepEqual(answerOf(home, 'schedule', 'list').map(({ cron_expression, is_enabled }) => [cron_expression, is_enabled]), [['0 0 2 * * ?', false]]);
  await browser.keys(Key.Escape);
  await until('the dialog is gone', async () => !(await browser.$('#starts-dialog').isExisting()));

  await fill('watch_and_upload', `${home.at('out')}/*.csv`);
  await click(browser, '#made-look');
  await browser.$('#monitor-state[data-state=disabled]').waitForDisplayed();
  const [monitor] = answerOf(home, 'monitor', 'list').map((row) => row.monitor ?? row);
  assert.deepEqual([monitor.state, monitor.watch_target.path, monitor.file_patterns], ['disabled', home.at('out'), ['*.csv']]);
  await inBothThemes(browser, 'template-monitor-made');
}
