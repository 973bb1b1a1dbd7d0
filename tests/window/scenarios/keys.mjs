// The life of keys in the window: made, used, followed, exported, brought back, retired, revoked; and others coming in from files.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, isAccessible, listen, paint, picture, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { makePartner } from '../peers/partner.mjs';
import * as builder from '../pages/builder.mjs';
import { goTo, invoke } from '../pages/frame.mjs';
import * as keys from '../pages/keys.mjs';

export const name = 'Keys are made, imported, exported, followed by others, retired and revoked, and tell what they are used for';

const OLD = 'Finance 2026';
const NEW = 'Finance 2027';
const JOB = 'Encrypt the month end';
const THEMES = ['light', 'dark'];

export async function play({ home, open, after }) {
  const partner = makePartner(home.at('partner'));
  after(async () => partner.end());
  const { browser } = await open();
  await listen(browser);
  const folder = home.at('files');
  await keys.generatePgp(browser, OLD, 'Finance <finance@example.org>');
  await keys.generatePgp(browser, NEW, 'Finance <finance@example.org>');
  await comesIn(browser, partner, folder);
  await isExported(browser, folder);
  await comesBack(browser, folder);
  await isUsedAndFollowed(browser);
  await ends(browser);
  await complainsOfNothing(browser);
}

const says = (browser, name, words) => until(`${name} says ${words}`, async () => words.test(await textOf(browser, keys.panel(name))));

const idOf = async (browser, name) => (await invoke(browser, 'pgp_keys_list', {})).find(({ key }) => key.name === name).key.id;

/** A partner's key comes in; the same file again says that there is nothing new; what is no key says so. */
async function comesIn(browser, partner, folder) {
  await keys.importPgp(browser, partner.publicKey, 'Meridian');
  await click(browser, '#import-key');
  await type(browser, '#key-path', partner.publicKey);
  await click(browser, '#import-key-submit');
  await browser.$('#import-key-close').waitForDisplayed();
  assert.match(await textOf(browser, '#import-key-dialog'), /Nothing was imported[^]*there already, as `Meridian`/);
  await settle(browser);
  await picture(browser, 'keys-import-known-light');
  await isAccessible(browser, 'an import that brought nothing');
  await click(browser, '#import-key-close');
  await keys.isGone(browser, '#import-key-dialog');

  writeFileSync(join(folder, 'notes.txt'), 'Not a key.\n');
  await click(browser, '#import-key');
  await type(browser, '#key-path', join(folder, 'notes.txt'));
  await click(browser, '#import-key-submit');
  await until('the file is refused', async () => /cannot be read/.test(await textOf(browser, '#import-key-dialog')));
  await click(browser, '//*[@id="import-key-dialog"]//button[normalize-space()="Cancel"]');
  await keys.isGone(browser, '#import-key-dialog');
}

/** The dialogs of the system choose the files; what they lead to is asked for here by itself. */
async function isExported(browser, folder) {
  const id = await idOf(browser, OLD);
  await keys.show(browser, OLD);
  for (const armored of [true, false]) {
    const path = join(folder, armored ? 'public.asc' : 'public.pgp');
    await invoke(browser, 'pgp_keys_export', { id, path, armored });
    assert.equal(readFileSync(path).subarray(0, 5).equals(Buffer.from('-----')), armored);
  }
  await invoke(browser, 'pgp_keys_export_revocation', { id, path: join(folder, 'revocation.asc') });
  await says(browser, OLD, /Revocation certificate exported/);

  for (const theme of THEMES) {
    await goTo(browser, 'settings');
    await paint(browser, theme);
    await goTo(browser, 'keys');
    await keys.show(browser, OLD);
    await keys.exports(browser, 'Export private key');
    await browser.$('#export-private-dialog').waitForDisplayed();
    await settle(browser);
    await picture(browser, `keys-export-private-${theme}`);
    await isAccessible(browser, `export of a private key, ${theme}`);
    assert.equal(await browser.$('#export-private-submit').isEnabled(), false, 'it needs a passphrase or a word');
    await type(browser, '#private-passphrase', 'correct horse');
    await type(browser, '#private-passphrase-again', 'correct');
    assert.equal(await browser.$('#export-private-submit').isEnabled(), false, 'the passphrase is not the same twice');
    await type(browser, '#private-passphrase-again', 'correct horse');
    await until('it can be exported', () => browser.$('#export-private-submit').isEnabled());
    await click(browser, '//*[@id="export-private-dialog"]//button[normalize-space()="Cancel"]');
    await keys.isGone(browser, '#export-private-dialog');
  }
}

/** A pair is exported under a passphrase, deleted by its name, and comes back from its file by the passphrase. */
async function comesBack(browser, folder) {
  const [name, path] = ['Claims', join(folder, 'claims.asc')];
  await keys.generatePgp(browser, name, 'Claims <claims@example.org>');
  await invoke(browser, 'pgp_keys_export_private', { id: await idOf(browser, name), path, passphrase: 'correct horse', armored: true });
  assert.ok(existsSync(path));
  await keys.show(browser, name);
  await says(browser, name, /Private key exported/);
  await keys.more(browser, 'Delete');
  await browser.$('#confirm-name').waitForDisplayed();
  assert.equal(await browser.$('#confirm-action').isEnabled(), false, 'the name comes first');
  await settle(browser);
  await picture(browser, 'keys-delete-dark');
  await isAccessible(browser, 'deleting a key');
  await type(browser, '#confirm-name', name);
  await click(browser, '#confirm-action');
  await until('the key is gone', async () => !(await browser.$(`[data-key-row="${name}"]`).isExisting()));

  await click(browser, '#import-key');
  await type(browser, '#key-path', path);
  await type(browser, '#key-name', name);
  await click(browser, '#import-key-submit');
  await browser.$('#key-passphrase').waitForDisplayed();
  await type(browser, '#key-passphrase', 'wrong');
  await click(browser, '#import-key-submit');
  await until('the passphrase is wrong', async () => /is wrong/.test(await textOf(browser, '#import-key-dialog')));
  await type(browser, '#key-passphrase', 'correct horse');
  await click(browser, '#import-key-submit');
  await keys.isGone(browser, '#import-key-dialog');
  await says(browser, name, /our pair/);
}

/** A job uses the old key; it is moved to the new one, which may not be followed by the old. */
async function isUsedAndFollowed(browser) {
  await builder.newJob(browser);
  await type(browser, '#job-name', JOB);
  await builder.dragIn(browser, 'pgp.encrypt');
  await builder.select(browser, 'pgp.encrypt');
  await builder.write(browser, 'input_path', '/data/out/*.csv');
  await choose(browser, '[data-field=recipient_key_ids] button', OLD);
  await builder.save(browser, 1);

  await goTo(browser, 'keys');
  await keys.show(browser, OLD);
  await browser.$(`${keys.panel(OLD)} [data-use="${JOB}"]`).waitForDisplayed();
  await keys.more(browser, 'Delete');
  await until('the question names the job', async () => (await textOf(browser, '#confirm-dialog')).includes(JOB));
  assert.equal(await browser.$('#confirm-action').isEnabled(), false, 'what is used cannot be deleted');
  await click(browser, '//*[@id="confirm-dialog"]//button[normalize-space()="Keep it"]');
  await keys.isGone(browser, '#confirm-dialog');

  await choose(browser, '#key-successor', NEW);
  await browser.$('#move-users').waitForDisplayed();
  await settle(browser);
  await picture(browser, 'keys-successor-dark');
  await click(browser, '#move-users');
  const moved = `#move-users-dialog [data-moved="${JOB}"]`;
  await browser.$(moved).waitForDisplayed();
  assert.match(await textOf(browser, moved), /becomes version 2[^]*instead of the old key/);
  await isAccessible(browser, 'moving jobs to a successor');
  await picture(browser, 'keys-move-dark');
  await click(browser, '#move-users-submit');
  await browser.$('#move-users-close').waitForDisplayed();
  assert.match(await textOf(browser, moved), /is now version 2/);
  await click(browser, '#move-users-close');
  await keys.isGone(browser, '#move-users-dialog');
  await says(browser, OLD, /Nothing uses it/);

  await keys.show(browser, NEW);
  await browser.$(`${keys.panel(NEW)} [data-use="${JOB}"]`).waitForDisplayed();
  await choose(browser, '#key-successor', OLD);
  await says(browser, NEW, /in a circle: Finance 2027 → Finance 2026 → Finance 2027/);
}

/** Retired by hand, then revoked for good; and what is not possible any more says why. */
async function ends(browser) {
  await keys.show(browser, OLD);
  await keys.more(browser, 'Retire');
  await click(browser, '#confirm-action');
  await says(browser, OLD, /Retired[^]*Is retired now/);

  for (const theme of THEMES) {
    await goTo(browser, 'settings');
    await paint(browser, theme);
    await goTo(browser, 'keys');
    await keys.show(browser, OLD);
    await keys.more(browser, 'Revoke');
    await browser.$('#revoke-key-dialog').waitForDisplayed();
    await settle(browser);
    await picture(browser, `keys-revoke-${theme}`);
    await isAccessible(browser, `revoking, ${theme}`);
    await click(browser, '//*[@id="revoke-key-dialog"]//button[normalize-space()="Keep it"]');
    await keys.isGone(browser, '#revoke-key-dialog');
  }
  await keys.more(browser, 'Revoke');
  await choose(browser, '#revoke-reason', 'Another key takes its place');
  await type(browser, '#revoke-message', `See ${NEW}`);
  await click(browser, '#revoke-key-submit');
  await says(browser, OLD, /Revoked[^]*Is revoked now/);
  await click(browser, '#key-more');
  const retire = browser.$('[role=menuitem][data-action=Retire]');
  await retire.waitForDisplayed();
  assert.equal(await retire.getAttribute('aria-disabled'), 'true');
  assert.match(await retire.getText(), /is revoked/);
  await settle(browser);
  await picture(browser, 'keys-revoked-dark');
  await isAccessible(browser, 'a revoked key');
}
