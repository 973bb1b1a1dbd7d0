// An FTPS server whose certificate nobody vouches for: refused before the log-in, pinned by its whole fingerprint, and
// then looked after by hand.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, isAccessible, listen, paint, picture, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import * as connections from '../pages/connections.mjs';
import { goTo } from '../pages/frame.mjs';
import { startFtpd } from '../peers/ftpd.mjs';

export const name = 'An unknown certificate is refused before the log-in and pinned by its fingerprint; files are looked after by hand';

const NAME = 'Harbour';
const row = (file) => `[data-remote-row="${file}"]`;

export async function play({ open, after }) {
  // The server's user cannot look into the home.
  const served = mkdtempSync('/tmp/cw-served-');
  after(() => rmSync(served, { recursive: true, force: true }));
  const server = await startFtpd(served);
  after(server.stop);
  for (const file of ['manifest.csv', 'old.csv']) writeFileSync(join(served, file), 'a;b\r\n');
  chownSync(served, server.uid, server.gid);
  chmodSync(served, 0o755);
  for (const file of ['manifest.csv', 'old.csv']) chownSync(join(served, file), server.uid, server.gid);

  const { browser } = await open();
  await listen(browser);
  await fillIn(browser, server);
  await settle(browser);
  await picture(browser, 'connection-ftps-form-light');
  await isAccessible(browser, 'the form of an FTPS connection');

  const refused = await connections.test(browser);
  assert.equal(refused.ended, 'failed');
  assert.equal(refused.stages.certificate, 'failed', refused.said);
  assert.equal(refused.stages.authentication, 'skipped', 'no user name goes to a server that is not trusted');
  await click(browser, '#compare-keys');
  await browser.$('#certificate-dialog').waitForDisplayed();
  await settle(browser);
  await picture(browser, 'certificate-light');
  await isAccessible(browser, 'the certificate dialog');
  await type(browser, '#typed-fingerprint', 'ab'.repeat(32));
  assert.equal(await browser.$('#pin-certificate').isEnabled(), false, 'another fingerprint does not pin it');
  await type(browser, '#typed-fingerprint', server.thumbprint.toUpperCase().match(/../g).join(':'));
  await click(browser, '#pin-certificate');
  await until('the test passes with the pinned certificate', () => browser.$('[data-test=passed]').isExisting(), 30_000);
  await browser.$('[data-tag=Harbours]').waitForDisplayed({ timeoutMsg: 'the tag was made and is on the connection' });
  await settle(browser);
  await picture(browser, 'connection-ftps-light');

  await keepHouse(browser, served);
  await inTheDark(browser);
  await complainsOfNothing(browser);
}

async function fillIn(browser, server) {
  await goTo(browser, 'connections');
  await click(browser, '#new-connection');
  await click(browser, '[aria-label=Protocol] [data-segment=ftps]');
  await type(browser, '#connection-name', NAME);
  await type(browser, '#connection-tags', 'Harbours');
  await browser.keys(Key.Enter);
  await type(browser, '#connection-host', '127.0.0.1');
  await type(browser, '#connection-port', String(server.port));
  await type(browser, '#connection-username', server.user);
  await type(browser, '#connection-password', server.password);
}

/** Makes a folder, renames a file and deletes another; each is seen on the server's disk. */
async function keepHouse(browser, served) {
  await click(browser, '[data-tab=browse]');
  await browser.$(row('manifest.csv')).waitForDisplayed({ timeout: 20_000 });
  await click(browser, '#browse-new-folder');
  await type(browser, '#name-field', 'done');
  await click(browser, '#name-save');
  await browser.$(row('done')).waitForDisplayed({ timeout: 20_000 });
  assert.ok(existsSync(join(served, 'done')));

  await click(browser, `${row('manifest.csv')} [role=gridcell]`);
  await settle(browser);
  await picture(browser, 'connection-browse-ftps-light');
  await isAccessible(browser, 'the remote browser');
  await browser.keys([Key.F2]);
  await type(browser, '#name-field', 'list.csv');
  await click(browser, '#name-save');
  await browser.$(row('list.csv')).waitForDisplayed({ timeout: 20_000 });
  assert.ok(existsSync(join(served, 'list.csv')) && !existsSync(join(served, 'manifest.csv')));

  await click(browser, `${row('old.csv')} [role=gridcell]`);
  await browser.keys([Key.Delete]);
  await click(browser, '#confirm-action');
  await browser.$(row('old.csv')).waitForExist({ reverse: true, timeout: 20_000 });
  assert.ok(!existsSync(join(served, 'old.csv')));
}

/** What few connections need, unfolded, in both themes. */
async function inTheDark(browser) {
  for (const theme of ['light', 'dark']) {
    await goTo(browser, 'settings');
    await paint(browser, theme);
    await connections.open(browser, NAME);
    await click(browser, '#connection-limits-fold');
    await click(browser, '#add-rate-window');
    await click(browser, '#connection-way-fold');
    await choose(browser, '#connection-way', 'A SOCKS5 proxy');
    await browser.execute(() => document.querySelector('#connection-way-fold')?.scrollIntoView({ block: 'center' }));
    await settle(browser);
    await picture(browser, `connection-folds-${theme}`);
    await isAccessible(browser, `a connection's folds, ${theme}`);
    await click(browser, '#new-connection');
    await browser.$('#connection-algorithms-fold').waitForDisplayed();
    await click(browser, '#connection-algorithms-fold');
    await click(browser, '[aria-label="Encryption algorithms"] [data-segment=listed]');
    await browser.execute(() => [...document.querySelectorAll('[aria-label=Encryption] [role=checkbox]')].at(-1)?.click());
    await until('the warning is there', async () => /Legacy algorithms are allowed/.test(await textOf(browser, '#content')));
    await browser.execute(() => document.querySelector('#connection-algorithms-fold')?.scrollIntoView({ block: 'start' }));
    await settle(browser);
    await picture(browser, `connection-algorithms-${theme}`);
    await isAccessible(browser, `a connection's algorithms, ${theme}`);
  }
}
