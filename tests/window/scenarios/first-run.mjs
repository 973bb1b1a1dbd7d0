// An empty home: the dashboard offers the sample, and a click later it has run.
import assert from 'node:assert/strict';
import { complainsOfNothing, hasPageSize, isAccessible, listen, picture, settle, textOf } from '../harness/eyes.mjs';
import { click } from '../harness/hands.mjs';
import { order, run } from '../pages/builder.mjs';

export const name = 'The first start offers the sample, which runs to its end';

export async function play({ open }) {
  const { browser } = await open();
  await listen(browser);
  await hasPageSize(browser);
  await browser.$('[data-first-run]').waitForDisplayed();
  assert.equal(await browser.$('#vault-chip').getAttribute('data-vault'), 'unlocked', 'the key file opens the vault');
  await settle(browser);
  await picture(browser, 'first-run-light');
  await isAccessible(browser, 'first run');

  await click(browser, '#try-sample');
  await browser.$('[data-builder] [data-type]').waitForDisplayed({ timeout: 30_000 });
  assert.equal(await order(browser), 'sftp.download pgp.decrypt file.unzip file.move');
  const { state } = await run(browser);
  assert.equal(state, 'completed', await textOf(browser, '#run-strip'));

  await click(browser, '#open-run');
  await browser.$('#execution-state[data-state=completed]').waitForDisplayed();
  await browser.$('[data-receipt]').waitForDisplayed();
  await complainsOfNothing(browser);
}
