// What holds for all who share the store: a limit, a policy with a way back, folders, and a value that cannot be. The
// command line sees what the window has set, and the window what the command line sets.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen, textOf } from '../harness/eyes.mjs';
import { click, type, undo } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf, applyBundle } from '../peers/cli.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'Limits and policies of the store are set in the window, and seen beside it';

const [LIMIT, PROGRAMS, FOLDERS] = ['job.concurrency_limit', 'security.allow_commands', 'security.allowed_roots'];
const line = (key) => `[data-setting="${key}"]`;
const field = (key) => `[id="setting-${key}"]`;

export async function play({ home, open }) {
  const { browser } = await open();
  await listen(browser);
  await goTo(browser, 'settings');
  await browser.$(line(LIMIT)).waitForExist();
  const valueOf = (key) => answerOf(home, 'settings', 'get', key).value;

  await type(browser, field(LIMIT), '5000');
  await click(browser, `[id="save-${LIMIT}"]`);
  await until('the limit is refused', async () => /Enter a whole number from 1 to 1000/.test(await textOf(browser, line(LIMIT))));
  await browser.execute(() => document.querySelector('#policies').scrollIntoView());
  await inBothThemes(browser, 'settings-policies');
  await inSmallWindow(browser, 'settings-policies', '#policies');
  await type(browser, field(LIMIT), '12');
  await click(browser, `[id="save-${LIMIT}"]`);
  await until('the limit is kept', async () => /Set by /.test(await textOf(browser, line(LIMIT))));
  assert.equal(valueOf(LIMIT), '12');

  await click(browser, `${line(PROGRAMS)} [role=switch]`);
  // It shows what was asked for at once, and takes no other answer until that is kept.
  const isOn = () => browser.execute((at) => document.querySelector(at)?.getAttribute('aria-checked'), `${line(PROGRAMS)} [role=switch]:not([data-disabled])`);
  await until('programs are allowed', async () => (await isOn()) === 'true');
  assert.equal(valueOf(PROGRAMS), 'true');
  await undo(browser);
  await until('programs are not allowed', async () => (await isOn()) === 'false');
  assert.equal(valueOf(PROGRAMS), 'false');

  await type(browser, field(FOLDERS), '/srv/exchange');
  await click(browser, `[id="save-${FOLDERS}"]`);
  await until('the folder is kept', async () => /Set by /.test(await textOf(browser, line(FOLDERS))));
  assert.equal(valueOf(FOLDERS), '["/srv/exchange"]');
  applyBundle(home, { courier: 1, settings: { [LIMIT]: '7' } });
  await until('the window shows what was set beside it', () => browser.execute((at) => document.querySelector(at)?.value === '7', field(LIMIT)));
  await complainsOfNothing(browser);
}
