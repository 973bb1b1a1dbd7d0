// A file's passport: found from a run's receipt and by searching, told from where it was fetched to where it was sent,
// and sent again; what is there is replaced only when asked to, and nothing is sent when the bytes are gone.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, inBothThemes, listen, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { startSshd } from '../peers/sshd.mjs';
import * as builder from '../pages/builder.mjs';
import * as connections from '../pages/connections.mjs';
import { goTo } from '../pages/frame.mjs';
import * as keys from '../pages/keys.mjs';

export const name = 'A file is found by its name, its whole life is told, and what was sent is sent again';

const CONTENT = 'date;price\r\n2026-11-23;41,20\r\n';
const STEPS = ['sftp.download', 'file.copy', 'sftp.upload'];

export async function play({ home, open, after }) {
  const sshd = await startSshd(home.at('server'));
  after(sshd.stop);
  writeFileSync(join(sshd.data, 'out', 'prices.csv'), CONTENT);
  const [fetched, copied, sent] = [home.at('fetched'), home.at('copied'), join(sshd.data, 'in', 'prices.csv')];
  const { browser } = await open();
  await listen(browser);

  await goTo(browser, 'files');
  await until('nothing was handled yet', async () => /No file was handled yet/.test(await textOf(browser, '[data-empty]')));
  await inBothThemes(browser, 'files-empty');

  sshd.allow(await keys.generateSsh(browser, 'courier-ops-2026'));
  await connections.fillIn(browser, { name: 'Baltic', group: 'Partners', port: sshd.port, user: sshd.user, sshKey: 'courier-ops-2026' });
  assert.equal((await connections.test(browser)).ended, 'passed');
  await makeJob(browser, sshd, fetched, copied);
  const { state } = await builder.run(browser);
  assert.equal(state, 'completed', await textOf(browser, '#run-strip'));
  assert.equal(readFileSync(sent, 'utf8'), CONTENT);

  await fromTheReceipt(browser);
  await bySearching(browser);
  await sendAgain(browser, sent);
  await replaceOnlyWhenAsked(browser, sent);
  await withoutItsBytes(browser, sent, [join(fetched, 'prices.csv'), join(copied, 'prices.csv')]);

  await type(browser, '#filter', 'no such file');
  await browser.$('[data-nothing-found]').waitForDisplayed();
  await inBothThemes(browser, 'files-nothing');
  await complainsOfNothing(browser);
}

async function makeJob(browser, sshd, fetched, copied) {
  await builder.newJob(browser);
  await type(browser, '#job-name', 'Pass prices on');
  const order = [];
  const add = async (kind, ...fields) => {
    order.push(kind);
    await click(browser, `[data-palette="${kind}"]`);
    await builder.isInOrder(browser, ...order);
    const alias = await builder.select(browser, kind);
    if (kind.startsWith('sftp.')) await choose(browser, '[data-field=connection_id] button', 'Baltic');
    for (const [field, text] of fields) await builder.write(browser, field, text);
    return alias;
  };
  const [download, copy, upload] = STEPS;
  await add(download, ['remote_path', join(sshd.data, 'out', '*.csv')], ['local_path', `${fetched}/`]);
  await add(copy, ['source_path', join(fetched, 'prices.csv')], ['destination_path', `${copied}/`]);
  await add(upload, ['local_path', join(copied, 'prices.csv')], ['remote_path', `${join(sshd.data, 'in')}/`]);
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await builder.save(browser, 1);
}

const passport = (browser) => browser.$('[data-passport]').waitForDisplayed({ timeout: 20_000 });
const events = (browser) => browser.execute(() => [...document.querySelectorAll('[data-event]')].map((event) => event.dataset.event).join(' '));
const has = (browser, ...fates) =>
  until(`its life is ${fates.join(', ')}`, async () => (await events(browser)) === fates.join(' '), 20_000)
    .catch(async (error) => { throw new Error(`${error.message}; it is ${await events(browser)}`); });

/** What was sent can be sent again from its receipt, and leads to its whole life. */
async function fromTheReceipt(browser) {
  await click(browser, '#open-run');
  const receipt = '[data-receipt]:has([data-send-again])';
  await click(browser, `${receipt} [role=gridcell]`);
  await inBothThemes(browser, 'execution-receipt-actions');
  await click(browser, `${receipt} [data-send-again]`);
  await until('it is said where it goes', async () => /Baltic/.test(await textOf(browser, '#send-again-dialog')));
  await browser.keys(Key.Escape);
  await until('the dialog closes', async () => !(await browser.$('#send-again-dialog').isExisting()));
  await click(browser, `${receipt} [data-whole-life]`);
  await passport(browser);
  await has(browser, 'fetched', 'moved', 'sent');
  await inBothThemes(browser, 'files-passport');
}

async function bySearching(browser) {
  await goTo(browser, 'files');
  await until('no passport is open', async () => !(await browser.$('[data-passport]').isExisting()));
  await browser.$('[data-file-row="prices.csv"]').waitForDisplayed();
  await inBothThemes(browser, 'files');
  await type(browser, '#filter', 'no such file');
  await browser.$('[data-nothing-found]').waitForDisplayed();
  await type(browser, '#filter', 'PRICES');
  await browser.$('[data-file-row="prices.csv"]').waitForDisplayed();
  assert.equal(await browser.execute(() => document.querySelectorAll('[data-file-row]').length), 1, 'the same bytes are one file');
  assert.match(await browser.execute(() => location.hash), /q=PRICES/, 'the address keeps what was searched');
  await browser.execute(() => document.querySelector('[role=grid]').focus());
  await browser.keys([Key.ArrowDown]);
  await browser.keys([Key.Enter]);
  await passport(browser);
  const life = await textOf(browser, '[data-passport]');
  assert.match(life, /Fetched from Baltic[\s\S]*Copied[\s\S]*Sent to Baltic/);
  assert.match(life, /Pass prices on/, 'its job is named');
  const sum = await browser.execute(() => document.querySelector('[data-passport]').dataset.passport);
  await type(browser, '#filter', sum);
  await until('it is found by its SHA-256', () => browser.execute((wanted) => {
    const found = [...document.querySelectorAll('[data-file-row]')];
    // The address may have it in quotes, where it could be taken for a number.
    return found.length === 1 && /[?&]q="?([0-9a-f]+)/.exec(decodeURIComponent(location.hash))?.[1] === wanted;
  }, sum));
}

/** The partner has taken it and asks for it once more. */
async function sendAgain(browser, sent) {
  rmSync(sent);
  await click(browser, '[data-passport] [data-send-again]');
  await browser.$('#send-again-start').waitForDisplayed();
  await inBothThemes(browser, 'files-send-again');
  await click(browser, '#send-again-start');
  await has(browser, 'fetched', 'moved', 'sent', 'sent');
  assert.equal(readFileSync(sent, 'utf8'), CONTENT);
  assert.match(await textOf(browser, '[data-operation="hand.send_again"]'), /Sent again to Baltic by \S+@\S+/);
  await until('the dialog closes', async () => !(await browser.$('#send-again-dialog').isExisting()));
  await settle(browser);
}

async function replaceOnlyWhenAsked(browser, sent) {
  writeFileSync(sent, 'something else');
  await click(browser, '[data-passport] [data-send-again]');
  await click(browser, '#send-again-start');
  await browser.$('#send-again-replace').waitForDisplayed({ timeout: 20_000 });
  assert.equal(readFileSync(sent, 'utf8'), 'something else', 'what is there stays');
  await inBothThemes(browser, 'files-send-again-exists');
  await click(browser, '#send-again-replace');
  await has(browser, 'fetched', 'moved', 'sent', 'sent', 'sent');
  assert.equal(readFileSync(sent, 'utf8'), CONTENT);
  await until('the dialog closes', async () => !(await browser.$('#send-again-dialog').isExisting()));
  await settle(browser);
}

/** Other bytes never go in the place of those that were sent. */
async function withoutItsBytes(browser, sent, places) {
  rmSync(sent);
  const [gone, changed] = places;
  rmSync(gone);
  writeFileSync(changed, CONTENT.replace('41', '14'));
  await click(browser, '[data-passport] [data-send-again]');
  await click(browser, '#send-again-start');
  await browser.$('#send-again-dialog [role=alert]').waitForDisplayed({ timeout: 20_000 });
  assert.match(await textOf(browser, '#send-again-dialog'), /Retry run/);
  assert.ok(!existsSync(sent), 'nothing was sent');
  await inBothThemes(browser, 'files-send-again-gone');
  await browser.keys(Key.Escape);
  await until('the dialog closes', async () => !(await browser.$('#send-again-dialog').isExisting()));
}
