// From an empty home to a first run: the vault with its recovery code, connections of three other programs, a job from a
// template, a dry run and a run. In between the window is closed, and the first steps go on where they were.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen, textOf } from '../harness/eyes.mjs';
import { choose, click, Key, type } from '../harness/hands.mjs';
import { run } from '../harness/processes.mjs';
import { until } from '../harness/wait.mjs';
import { startSshd } from '../peers/sshd.mjs';
import * as builder from '../pages/builder.mjs';
import * as connections from '../pages/connections.mjs';
import { goTo, invoke } from '../pages/frame.mjs';

export const name = 'A newcomer imports connections of three programs and comes to a first run in under five minutes, with a break';

const NO_KEY_FILE = { COURIER_VAULT_KEY_FILE: '' };
const PASSPHRASE = 'harbour lantern quartz';
const FIVE_MINUTES = 300_000;
const WINSCP = '[Sessions\\Partner%20X/live]\nHostName=sftp.example.org\nUserName=alice\n[Sessions\\Partner%20X/dav]\nHostName=dav.example.org\nFSProtocol=6\n';
/** Of the password `canary-window`. */
const FILEZILLA =
  '<FileZilla3><Servers><Folder>Returns<Server><Host>ftp.example.org</Host><Port>21</Port><Protocol>4</Protocol><User>carol</User>' +
  '<Pass encoding="base64">Y2FuYXJ5LXdpbmRvdw==</Pass><Logontype>1</Logontype><Name>web drop</Name></Server></Folder></Servers></FileZilla3>';

export async function play({ home, open, after }) {
  const sshd = await startSshd(home.at('server'));
  after(sshd.stop);
  const out = join(sshd.data, 'out');
  writeFileSync(join(out, 'prices.csv'), 'date;price\r\n2026-11-23;41,20\r\n');
  const files = otherPrograms(home, sshd);

  const began = Date.now();
  const first = await open(NO_KEY_FILE);
  await setUp(first.browser, home);
  await importAll(first.browser, files);
  await tested(first.browser);
  const archive = join(home.at('kept'), 'prices.zip');
  await makeJob(first.browser, out, archive);
  await leave(first.browser);
  await complainsOfNothing(first.browser);
  await first.close();

  const { browser } = await open(NO_KEY_FILE);
  await listen(browser);
  await resume(browser);
  const took = Date.now() - began;
  console.log(`     from the empty home to the first run: ${Math.round(took / 1000)} s`);
  assert.ok(took < FIVE_MINUTES, `it took ${took} ms`);
  assert.ok(statSync(archive).size > 0, 'the archive is there');
  await complainsOfNothing(browser);
}

/** What OpenSSH, WinSCP and FileZilla have on this computer; the server of OpenSSH's is there, and lets its key in. */
function otherPrograms(home, sshd) {
  const ssh = home.at('user', '.ssh');
  run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', join(ssh, 'partner_key')]);
  sshd.allow(readFileSync(join(ssh, 'partner_key.pub'), 'utf8'));
  writeFileSync(join(ssh, 'config'), `Host partner
  HostName 127.0.0.1
  Port ${sshd.port}
  User ${sshd.user}
  IdentityFile ~/.ssh/partner_key
  Ciphers aes256-gcm@openssh.com,rot13

Host *.example.net
  User nobody
`);
  const winscp = join(home.folder, 'WinSCP.ini');
  const filezilla = join(home.folder, 'sitemanager.xml');
  writeFileSync(winscp, WINSCP);
  writeFileSync(filezilla, FILEZILLA);
  return { config: join(ssh, 'config'), winscp, filezilla };
}

async function setUp(browser, home) {
  await listen(browser);
  await isAt(browser, 'vault');
  await inBothThemes(browser, 'first-steps-vault');
  await inSmallWindow(browser, 'first-steps-vault');
  await click(browser, '[data-segment=passphrase]');
  await type(browser, '#vault-passphrase-input', PASSPHRASE);
  await type(browser, '#vault-passphrase-again', PASSPHRASE);
  await click(browser, '#vault-submit');
  await until('the recovery code is shown', async () => (await textOf(browser, '#recovery-code')).length > 20, 30_000);
  const code = await textOf(browser, '#recovery-code');
  await browser.keys(Key.Escape);
  assert.equal(await browser.$('#recovery-done').isEnabled(), false, 'nothing goes on before the code was kept');
  await inBothThemes(browser, 'recovery-code');
  // As its button does once the system's dialog has said where to.
  const kept = join(home.at('stick'), 'code.txt');
  await invoke(browser, 'recovery_code_save', { path: kept, code });
  assert.ok(readFileSync(kept, 'utf8').includes(code));
  assert.equal(statSync(kept).mode & 0o777, 0o600);
  await assert.rejects(invoke(browser, 'recovery_code_save', { path: kept, code }), /already_exists/);
  await assert.rejects(invoke(browser, 'recovery_code_save', { path: join(home.home, 'code.txt'), code }), /own folder/);
  await click(browser, '#recovery-dialog [role=checkbox]');
  await click(browser, '#recovery-done');
  await browser.$('#recovery-dialog').waitForExist({ reverse: true });
  await isAt(browser, 'connection');
  const held = await browser.execute(() => `${document.documentElement.outerHTML} ${JSON.stringify(localStorage)} ${JSON.stringify(sessionStorage)}`);
  assert.ok(!held.includes(code), 'the page does not keep the code');
  assert.ok(!everythingIn(join(home.home, 'logs')).includes(code), 'the log does not have the code');
}

async function importAll(browser, { config, winscp, filezilla }) {
  await inBothThemes(browser, 'first-steps-connection');
  await click(browser, '#import-connections');
  await until('the file of OpenSSH is found', async () => (await browser.$('#import-path').getValue()) === config);
  await inBothThemes(browser, 'import-source');
  await click(browser, '#import-look');
  await browser.$('[data-import="partner"]').waitForDisplayed();
  assert.match(await textOf(browser, '[data-import="partner"]'), /Key missing[\s\S]*rot13/);
  await inBothThemes(browser, 'import-ssh-config');
  await inSmallWindow(browser, 'import-ssh-config');
  await click(browser, 'label:has(#import-keys)');
  await until('its key comes along', async () => /Key partner_key/.test(await textOf(browser, '[data-import="partner"]')));
  await done(browser, /1 connection imported[\s\S]*partner_key/);
  await inBothThemes(browser, 'import-done');
  await click(browser, '#import-show');
  await browser.$('[data-connection-row="partner"]').waitForDisplayed();

  await look(browser, 'winscp', winscp);
  assert.match(await textOf(browser, '#import-dialog'), /dav/, 'what cannot come in is told');
  await inBothThemes(browser, 'import-winscp');
  await done(browser, /1 connection imported[\s\S]*live[\s\S]*disabled for now/);
  await click(browser, '#import-close');

  // The same file again changes nothing, and says so.
  await look(browser, 'winscp', winscp);
  assert.match(await textOf(browser, '[data-import="live"]'), /There already, stays as it is/);
  assert.equal(await browser.$('#import-apply').isEnabled(), false);
  await click(browser, '#import-back');

  await click(browser, '#import-from-filezilla');
  await type(browser, '#import-path', filezilla);
  await click(browser, '#import-look');
  await browser.$('[data-import="web drop"]').waitForDisplayed();
  await click(browser, 'label:has(#import-passwords)');
  await until('its password comes along', async () => !/missing/.test(await textOf(browser, '[data-import="web drop"]')));
  await done(browser, /1 connection imported[\s\S]*web drop/);
  await click(browser, '#import-close');
  const rows = await invoke(browser, 'connections_list', {});
  assert.deepEqual(rows.map(({ connection, has_password }) => [connection.name, connection.group, connection.status, has_password]), [
    ['live', 'Partner X', 'disabled', false],
    ['partner', null, 'active', false],
    ['web drop', 'Returns', 'active', true],
  ]);
  await inBothThemes(browser, 'connections-imported');
}

async function look(browser, program, file) {
  await click(browser, '#import-connections');
  await click(browser, `#import-from-${program}`);
  await type(browser, '#import-path', file);
  await click(browser, '#import-look');
  await browser.$('[data-import]').waitForDisplayed();
}

async function done(browser, words) {
  await click(browser, '#import-apply');
  await browser.$('#import-result').waitForDisplayed();
  assert.match(await textOf(browser, '#import-dialog'), words);
}

async function tested(browser) {
  await click(browser, '#first-steps-link');
  await isAt(browser, 'test');
  await click(browser, '#open-connection');
  await browser.$('[data-connection="partner"]').waitForDisplayed();
  const test = await connections.test(browser);
  assert.equal(test.ended, 'passed', test.said);
  await click(browser, '#first-steps-link');
  await isAt(browser, 'job');
}

async function makeJob(browser, out, archive) {
  await click(browser, '#from-template');
  await click(browser, '[data-template=collect_and_archive]');
  await builder.isInOrder(browser, 'sftp.download', 'file.zip', 'file.checksum');
  await builder.select(browser, 'sftp.download');
  await choose(browser, '[data-field=connection_id] button', 'partner');
  await builder.write(browser, 'remote_path', `${out}/*.csv`);
  await builder.select(browser, 'file.zip');
  await builder.write(browser, 'output_path', archive);
  await until('nothing is missing', async () => (await builder.errors(browser)) === 0);
  await type(browser, '#job-name', 'Collect prices');
  await builder.save(browser, 1);
}

/** In the middle of it: what is left is listed beside everything else. */
async function leave(browser) {
  await click(browser, '#first-steps-link');
  await isAt(browser, 'dry_run');
  await inBothThemes(browser, 'first-steps-dry-run');
  await click(browser, '#leave-first-steps');
  await browser.$('[data-set-up=dry_run][aria-current=step]').waitForDisplayed();
  assert.deepEqual(await browser.execute(() => [...document.querySelectorAll('[data-set-up]')].map((line) => line.dataset.setUp)), ['dry_run', 'run']);
  await inBothThemes(browser, 'first-steps-left');
}

async function resume(browser) {
  await goTo(browser, 'dashboard');
  await click(browser, '#vault-chip');
  await click(browser, '[role=dialog] [data-segment=passphrase]');
  await type(browser, '#vault-passphrase-input', PASSPHRASE);
  await click(browser, '#vault-submit');
  await until('the vault is open', async () => (await browser.$('#vault-chip').getAttribute('data-vault')) === 'unlocked', 30_000);
  await browser.keys([Key.Ctrl, 'k']);
  await browser.$('#palette [data-palette=input]').waitForDisplayed();
  await browser.$('#palette [data-palette=input]').addValue('first steps');
  await until('the palette has them', async () => /Show the first steps/.test(await textOf(browser, '#palette [role=option][aria-selected=true]')));
  await browser.keys(Key.Enter);
  await isAt(browser, 'dry_run');
  await click(browser, '#first-dry-run');
  await browser.$('[data-rehearsal=would_do]').waitForDisplayed({ timeout: 60_000 });
  await browser.keys(Key.Escape);
  await isAt(browser, 'run');
  await click(browser, '#first-run');
  await browser.$('[data-first-run=finished]').waitForDisplayed({ timeout: 60_000 });
  assert.equal(await browser.$('#first-steps-link').isExisting(), false, 'nobody has to be led any more');
  await inBothThemes(browser, 'first-steps-finished');
}

/** The first step that is marked as the next one. */
const isAt = (browser, step) =>
  until(`the next step is ${step}`, () => browser.$(`[data-first-step=${step}][data-step-state=next]`).isExisting(), 30_000);

function everythingIn(folder) {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}
