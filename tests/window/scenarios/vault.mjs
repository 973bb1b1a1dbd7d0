// Without a key file the first start sets the vault up, and the next one asks for the passphrase, replaces the key and uses
// the recovery code.
import assert from 'node:assert/strict';
import { complainsOfNothing, isAccessible, listen, picture, settle, textOf } from '../harness/eyes.mjs';
import { click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';

export const name = 'The vault is set up with a passphrase, opens again only with it, gets another key, and is recovered by its code';

const NO_KEY_FILE = { COURIER_VAULT_KEY_FILE: '' };
const PASSPHRASE = 'harbour lantern quartz';
const NEW_PASSPHRASE = 'meadow copper violin';

export async function play({ open }) {
  const first = await open(NO_KEY_FILE);
  await setUp(first.browser);
  await complainsOfNothing(first.browser);
  await first.close();

  const { browser } = await open(NO_KEY_FILE);
  await listen(browser);
  await isVault(browser, 'locked');
  await click(browser, '#vault-chip');
  await click(browser, '[role=dialog] [data-segment=passphrase]');
  await type(browser, '#vault-passphrase-input', 'harbour lantern');
  await click(browser, '#vault-submit');
  await until('the wrong passphrase is refused', async () => /passphrase/i.test(await textOf(browser, '[role=dialog] [role=alert]')));
  assert.equal(await browser.$('#vault-chip').getAttribute('data-vault'), 'locked');
  await settle(browser);
  await picture(browser, 'vault-refused-light');
  await isAccessible(browser, 'vault dialog');
  await type(browser, '#vault-passphrase-input', PASSPHRASE);
  await click(browser, '#vault-submit');
  await isVault(browser, 'unlocked');
  const code = await replaceKey(browser);
  await recover(browser, code);
  await complainsOfNothing(browser);
}

/** The key is replaced under the same passphrase; gives the new recovery code. */
async function replaceKey(browser) {
  await click(browser, '[data-nav=settings]');
  await click(browser, '#settings-rotate');
  await type(browser, '#rotate-passphrase', PASSPHRASE);
  await click(browser, '#rotate-start');
  await until('the new recovery code is shown', async () => (await textOf(browser, '#recovery-code')).length > 20, 30_000);
  const code = await textOf(browser, '#recovery-code');
  assert.equal(await browser.$('#rotate-finish').isEnabled(), false, 'the code must be noted first');
  await settle(browser);
  await picture(browser, 'vault-rotate-light');
  await isAccessible(browser, 'the new key');
  await click(browser, '#rotate-dialog [role=checkbox]');
  await click(browser, '#rotate-finish');
  await browser.$('#rotate-dialog').waitForDisplayed({ reverse: true, timeout: 30_000 });
  await until('the key is replaced', async () => (await textOf(browser, '#settings-rotate')) === 'Replace');
  await settle(browser);
  await picture(browser, 'settings-light');
  return code;
}

/** The passphrase is forgotten: the recovery code opens the vault, and another passphrase does from then on. */
async function recover(browser, code) {
  await click(browser, '#settings-lock');
  await isVault(browser, 'locked');
  await click(browser, '#settings-vault');
  await click(browser, '#vault-recover');
  await type(browser, '#vault-code', code.replace(/^..../, '0000'));
  await click(browser, '[role=dialog] [data-segment=passphrase]');
  await type(browser, '#vault-passphrase-input', NEW_PASSPHRASE);
  await type(browser, '#vault-passphrase-again', NEW_PASSPHRASE);
  await click(browser, '#vault-submit');
  await until('a wrong code is refused', async () => /recovery code is wrong/i.test(await textOf(browser, '[role=dialog]')), 30_000);
  await settle(browser);
  await picture(browser, 'vault-recover-light');
  await isAccessible(browser, 'recovery');
  await type(browser, '#vault-code', code);
  await click(browser, '#vault-submit');
  await isVault(browser, 'unlocked');
}

async function setUp(browser) {
  await listen(browser);
  await browser.$('[data-first-run]').waitForDisplayed();
  await isVault(browser, 'uninitialised');
  assert.equal(await browser.$('#try-sample').isExisting(), false, 'the sample waits for the vault');
  await click(browser, '[data-segment=passphrase]');
  await type(browser, '#vault-passphrase-input', PASSPHRASE);
  await type(browser, '#vault-passphrase-again', PASSPHRASE);
  await settle(browser);
  await picture(browser, 'vault-set-up-light');
  await isAccessible(browser, 'vault set-up');
  await click(browser, '#vault-submit');
  await until('the recovery code is shown', async () => (await textOf(browser, '#recovery-code')).length > 20, 30_000);
  assert.equal(await browser.$('#recovery-done').isEnabled(), false, 'the code must be noted first');
  await settle(browser);
  await picture(browser, 'vault-recovery-light');
  await click(browser, '[role=alertdialog] [role=checkbox], [role=dialog] [role=checkbox]');
  await click(browser, '#recovery-done');
  await browser.$('#try-sample').waitForDisplayed();
  await isVault(browser, 'unlocked');
}

const isVault = (browser, state) => until(`the vault is ${state}`, async () => (await browser.$('#vault-chip').getAttribute('data-vault')) === state, 30_000);
