// A key's life in the window: made, followed by another, revoked for good; and a look into archives before they are unpacked.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complainsOfNothing, isAccessible, listen, paint, picture, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { dragIn, newJob, select, write } from '../pages/builder.mjs';
import { goTo } from '../pages/frame.mjs';
import { generatePgp } from '../pages/keys.mjs';

export const name = "A key is followed by another and revoked; an archive's content is seen before it is unpacked";

export async function play({ open }) {
  const { browser } = await open();
  await listen(browser);
  const folder = mkdtempSync(join(tmpdir(), 'courier-window-'));
  try {
    await life(browser);
    await archives(browser, folder);
    await complainsOfNothing(browser);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const menu = async (browser, label) => {
  await click(browser, '#key-more');
  await click(browser, `//*[@role="menuitem"][normalize-space()="${label}"]`);
};

async function life(browser) {
  await generatePgp(browser, 'Finance 2026', 'Finance <finance@example.org>');
  await generatePgp(browser, 'Finance 2027', 'Finance <finance@example.org>');
  await click(browser, '[data-key-row="Finance 2026"]');
  await browser.$('[data-inspector="Finance 2026"]').waitForDisplayed();
  await choose(browser, '#key-successor', 'Finance 2027');
  await until('the successor is kept', async () => /Finance 2027/.test(await textOf(browser, '#key-successor')));
  for (const theme of ['light', 'dark']) {
    await goTo(browser, 'settings');
    await paint(browser, theme);
    await goTo(browser, 'keys');
    await click(browser, '[data-key-row="Finance 2026"]');
    await menu(browser, 'Revoke');
    await browser.$('#revoke-key-dialog').waitForDisplayed();
    await settle(browser);
    await picture(browser, `keys-revoke-${theme}`);
    await isAccessible(browser, `revoking, ${theme}`);
    await click(browser, '//*[@id="revoke-key-dialog"]//button[normalize-space()="Keep it"]');
    await menu(browser, 'Export private key');
    await browser.$('#export-private-dialog').waitForDisplayed();
    await settle(browser);
    await picture(browser, `keys-export-private-${theme}`);
    await isAccessible(browser, `export of a private key, ${theme}`);
    assert.equal(await browser.$('#export-private-submit').isEnabled(), false, 'it needs a passphrase or a word');
    await click(browser, '//*[@id="export-private-dialog"]//button[normalize-space()="Cancel"]');
    await until('the dialog closes', async () => !(await browser.$('#export-private-dialog').isExisting()));
  }
  await menu(browser, 'Revoke');
  await choose(browser, '#revoke-reason', 'Another key takes its place');
  await type(browser, '#revoke-message', 'See Finance 2027');
  await click(browser, '#revoke-key-submit');
  await until('the key is revoked', async () => /Revoked/.test(await textOf(browser, '[data-inspector="Finance 2026"]')));
  await until('its history tells it', async () => /Is revoked now/.test(await textOf(browser, '[data-inspector="Finance 2026"]')));
  await settle(browser);
  await picture(browser, 'keys-revoked-dark');
}

async function archives(browser, folder) {
  writeFileSync(join(folder, 'invoice.csv'), 'a;b;c\n'.repeat(2000));
  const at = (file) => join(folder, file);
  execFileSync('zip', ['-q', at('invoices.zip'), 'invoice.csv'], { cwd: folder });
  execFileSync('7z', ['a', '-y', '-psecret', '-mhe=on', at('sealed.7z'), at('invoice.csv')], { stdio: 'ignore' });
  await newJob(browser);
  await dragIn(browser, 'file.unzip');
  await select(browser, 'file.unzip');
  for (const theme of ['dark', 'light']) {
    if (theme === 'light') await browser.execute(() => document.documentElement.setAttribute('data-theme', 'light'));
    await write(browser, 'archive_path', at('invoices.zip'));
    await click(browser, '[data-look-inside]');
    await browser.$('[data-entry-row="invoice.csv"]').waitForDisplayed();
    assert.match(await textOf(browser, '#archive-preview'), /zip · 1 entry/);
    await settle(browser);
    await picture(browser, `archive-preview-${theme}`);
    await isAccessible(browser, `archive preview, ${theme}`);
    await click(browser, '//*[@id="archive-preview"]//button[normalize-space()="Close"]');
    await until('the preview closes', async () => !(await browser.$('#archive-preview').isExisting()));
  }
  await write(browser, 'archive_path', at('sealed.7z'));
  await click(browser, '[data-look-inside]');
  await browser.$('#archive-password').waitForDisplayed();
  await type(browser, '#archive-password', 'secret');
  await click(browser, '//*[@id="archive-preview"]//button[normalize-space()="Open"]');
  await browser.$('[data-entry-row="invoice.csv"]').waitForDisplayed();
  await settle(browser);
  await picture(browser, 'archive-preview-sealed');
}
