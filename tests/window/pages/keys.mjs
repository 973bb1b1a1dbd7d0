// The Keys page.
import { click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { goTo } from './frame.mjs';

async function submit(browser, dialog, button) {
  await click(browser, button);
  await until(`${dialog} closes`, async () => !(await browser.$(dialog).isExisting()), 60_000);
}

export async function generatePgp(browser, name, user) {
  await goTo(browser, 'keys');
  await click(browser, '#keys-pgp');
  await click(browser, '#generate-key');
  await type(browser, '#key-name', name);
  await type(browser, '#key-user', user);
  await submit(browser, '#generate-key-dialog', '#generate-key-submit');
  await browser.$(`[data-key-row="${name}"]`).waitForDisplayed();
}

export async function importPgp(browser, path, name) {
  await goTo(browser, 'keys');
  await click(browser, '#keys-pgp');
  await click(browser, '#import-key');
  await type(browser, '#key-path', path);
  await type(browser, '#key-name', name);
  await submit(browser, '#import-key-dialog', '#import-key-submit');
  await browser.$(`[data-key-row="${name}"]`).waitForDisplayed();
}

/** Opens a key's panel. */
export async function show(browser, name) {
  await click(browser, `[data-key-row="${name}"]`);
  await browser.$(panel(name)).waitForDisplayed();
}

export const panel = (name) => `[data-inspector="${name}"]`;

/** An entry of the menus of the panel that is open: what leaves Courier, and the rest. */
export const exports = (browser, label) => entry(browser, '#export-key', label);
export const more = (browser, label) => entry(browser, '#key-more', label);

async function entry(browser, menu, label) {
  await click(browser, menu);
  await click(browser, `[role=menuitem][data-action="${label}"]`);
}

export async function isGone(browser, dialog) {
  await until(`${dialog} closes`, async () => !(await browser.$(dialog).isExisting()));
}

/** Returns the line for the server's authorized_keys, as the page shows it. */
export async function generateSsh(browser, name) {
  await goTo(browser, 'keys');
  await click(browser, '#keys-ssh');
  await click(browser, '#generate-key');
  await type(browser, '#key-name', name);
  await submit(browser, '#generate-key-dialog', '#generate-key-submit');
  return until('the public key is shown', () =>
    browser.execute((title) => {
      const shown = [...document.querySelectorAll(`[data-inspector="${title}"] p.mono`)].map((line) => line.textContent);
      return shown.find((line) => line.startsWith('ssh-')) ?? null;
    }, name));
}
