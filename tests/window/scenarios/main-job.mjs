// The main job: keys, a connection and a job made in the window by hand, run against OpenSSH with files from gpg.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, isAccessible, listen, picture, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { makePartner, sumsOf } from '../peers/partner.mjs';
import { startSshd } from '../peers/sshd.mjs';
import * as builder from '../pages/builder.mjs';
import * as connections from '../pages/connections.mjs';
import { goTo, invoke } from '../pages/frame.mjs';
import * as keys from '../pages/keys.mjs';

export const name = 'The main job, built by dragging its steps, delivers the right bytes';

const STEPS = ['sftp.download', 'pgp.decrypt', 'file.unzip', 'file.move'];
const DAYS = ['2026-11-18', '2026-11-19', '2026-11-20'];
const SIZE = 3 << 20;

export async function play({ home, open, after }) {
  const sshd = await startSshd(home.at('server'));
  after(sshd.stop);
  const partner = makePartner(home.at('partner'));
  after(async () => partner.end());
  const delivered = join(home.folder, 'invoices');
  const { browser } = await open();
  await listen(browser);

  await keys.generatePgp(browser, 'Finance 2026', 'Finance <finance@courier.example>');
  await keys.importPgp(browser, partner.publicKey, 'Meridian Trading');
  sshd.allow(await keys.generateSsh(browser, 'courier-ops-2026'));
  const sums = partner.send(join(sshd.data, 'out'), await handOverKey(browser, partner, home), DAYS, SIZE);

  await connections.fillIn(browser, { name: 'Meridian', group: 'Partners', port: sshd.port, user: sshd.user, sshKey: 'courier-ops-2026' });
  const test = await connections.test(browser);
  assert.equal(test.ended, 'passed', test.said);
  assert.equal(test.stages.authentication, 'passed');
  await settle(browser);
  await picture(browser, 'connection-tested-light');

  await build(browser);
  await fillInSteps(browser, join(sshd.data, 'out'), delivered);
  await problemsAreFoundAndCleared(browser);
  await changesCanBeTakenBack(browser);
  await builder.save(browser, 1);
  await settle(browser);
  await picture(browser, 'builder-saved-light');

  const { state, seen } = await builder.run(browser);
  assert.equal(state, 'completed', await textOf(browser, '#run-strip'));
  for (const type of STEPS) assert.ok(seen[type]?.includes('completed'), `${type} shows that it completed`);
  assert.ok(STEPS.some((type) => seen[type].includes('running')), `a block shows its run while it goes on: ${JSON.stringify(seen)}`);
  assert.deepEqual(sumsOf(delivered), sums, 'what was delivered is what the partner sent');
  assert.deepEqual(plaintexts(home, Object.keys(sums)), [], 'no plaintext is left outside the destination');

  await click(browser, '#open-run');
  await browser.$('#execution-state[data-state=completed]').waitForDisplayed();
  const receipts = await until('the files have receipts', () =>
    browser.execute(() => {
      const found = [...document.querySelectorAll('[data-sha256]')].map((line) => line.dataset.sha256);
      return found.length > 0 && found;
    }));
  assert.ok(receipts.every((sum) => /^[0-9a-f]{64}$/.test(sum)), `each receipt has its sum: ${receipts}`);
  await settle(browser);
  await picture(browser, 'execution-completed-light');
  await isAccessible(browser, 'a completed run');
  await complainsOfNothing(browser);
}

/** The public key of ours comes to the partner, who answers with the name to encrypt to. */
async function handOverKey(browser, partner, home) {
  const rows = await invoke(browser, 'pgp_keys_list', {});
  const { key } = rows.find((row) => row.key.name === 'Finance 2026');
  const path = join(home.at('partner'), 'finance.asc');
  writeFileSync(path, key.public_key_data);
  partner.knows(path);
  return key.fingerprint;
}

/** All four steps by dragging: into the empty job, to the end, into the middle, and to a wrong place and on from there. */
async function build(browser) {
  await builder.newJob(browser);
  await type(browser, '#job-name', 'Fetch Meridian invoices');
  await builder.dragIn(browser, 'sftp.download');
  await builder.isInOrder(browser, 'sftp.download');
  await builder.dragIn(browser, 'file.move');
  await builder.isInOrder(browser, 'sftp.download', 'file.move');
  await builder.dragIn(browser, 'pgp.decrypt', 'file.move');
  await builder.isInOrder(browser, 'sftp.download', 'pgp.decrypt', 'file.move');
  await builder.dragIn(browser, 'file.unzip', 'sftp.download', { check: () => picture(browser, 'builder-drag-light') });
  await builder.isInOrder(browser, 'file.unzip', 'sftp.download', 'pgp.decrypt', 'file.move');
  await builder.dragStep(browser, 'file.unzip', 'file.move');
  await builder.isInOrder(browser, ...STEPS);
}

async function fillInSteps(browser, source, delivered) {
  const download = await builder.select(browser, 'sftp.download');
  await choose(browser, '[data-field=connection_id] button', 'Meridian');
  await builder.write(browser, 'remote_path', `${source}/*.zip.pgp`);
  const matches = `Matches ${DAYS.length} files`;
  await until('the field says what is on the server', async () => (await textOf(browser, '[data-paths-now]')).startsWith(matches), 30_000);
  await picture(browser, 'builder-paths-light');

  const decrypt = await builder.select(browser, 'pgp.decrypt');
  await builder.insertByBrace(browser, 'input_path', `steps.${download}.files`);
  await click(browser, '[data-field=require_signature]');
  await choose(browser, '[data-field=signer_key_ids] button', 'Meridian Trading');

  const unzip = await builder.select(browser, 'file.unzip');
  await builder.insertBySearch(browser, 'archive_path', `steps.${decrypt}.files`, 'decrypt files');

  await builder.select(browser, 'file.move');
  await builder.write(browser, 'source_path', `{{ steps.${unzip}.files }}`);
  await builder.write(browser, 'destination_path', `${delivered}/`);
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
}

/** A value that is not there is named, is found by a click, and is forgotten once it is put right. */
async function problemsAreFoundAndCleared(browser) {
  const right = await builder.value(browser, 'source_path');
  await builder.write(browser, 'source_path', '{{ steps.nowhere.files }}');
  const problem = '[data-problem$=source_path]';
  await until('the problem names what is missing', async () => /nowhere/.test(await textOf(browser, problem)));
  assert.equal(await builder.errors(browser), 1);
  await until('the pill turns red', () => browser.$('[data-template=source_path] [data-pill][data-gone]').isExisting());
  await settle(browser);
  await picture(browser, 'builder-problem-light');
  await isAccessible(browser, 'builder with a problem');

  await builder.select(browser, 'sftp.download');
  await click(browser, problem);
  await until('the field has the focus', () => browser.execute(() => document.activeElement?.closest('[data-template]')?.dataset.template === 'source_path'));
  await builder.write(browser, 'source_path', right);
  await until('the problem is gone', async () => (await builder.errors(browser)) === 0);
}

async function changesCanBeTakenBack(browser) {
  const [download, decrypt, unzip, move] = STEPS;
  await builder.select(browser, move);
  await browser.keys([Key.Alt, Key.ArrowUp]);
  await builder.isInOrder(browser, download, decrypt, move, unzip);
  await until('the step that lies behind is a problem', async () => (await builder.errors(browser)) > 0);
  await browser.keys([Key.Ctrl, 'z']);
  await builder.isInOrder(browser, ...STEPS);
  await browser.keys([Key.Ctrl, Key.Shift, 'z']);
  await builder.isInOrder(browser, download, decrypt, move, unzip);
  await builder.select(browser, move);
  await browser.keys([Key.Alt, Key.ArrowDown]);
  await builder.isInOrder(browser, ...STEPS);
  await until('nothing is wrong again', async () => (await builder.errors(browser)) === 0);
}

/** Files of these names below Courier's own folder. */
function plaintexts(home, names) {
  const found = readdirSync(home.home, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile() && names.includes(entry.name)).map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).length > 0);
}
