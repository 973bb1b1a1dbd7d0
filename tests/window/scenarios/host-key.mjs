// A server that suddenly has another key: nothing is sent to it until a person has compared fingerprints.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { complainsOfNothing, isAccessible, listen, picture, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { sumsOf } from '../peers/partner.mjs';
import { startSshd } from '../peers/sshd.mjs';
import * as builder from '../pages/builder.mjs';
import * as connections from '../pages/connections.mjs';
import { goTo } from '../pages/frame.mjs';
import * as keys from '../pages/keys.mjs';

export const name = 'A changed host key is refused before any log-in, and trusted only by its whole fingerprint';

export async function play({ home, open, after }) {
  const sshd = await startSshd(home.at('server'));
  after(sshd.stop);
  const content = 'date;price\r\n2026-11-23;41,20\r\n';
  writeFileSync(join(sshd.data, 'out', 'prices.csv'), content);
  const delivered = home.at('prices');
  const { browser } = await open();
  await listen(browser);
  sshd.allow(await keys.generateSsh(browser, 'courier-ops-2026'));
  await connections.fillIn(browser, { name: 'Baltic', group: 'Partners', port: sshd.port, user: sshd.user, sshKey: 'courier-ops-2026' });
  assert.equal((await connections.test(browser)).ended, 'passed');
  await makeJob(browser, sshd, delivered);

  const known = sshd.fingerprint();
  await sshd.restartWithOtherHostKey();
  const shown = sshd.fingerprint();

  await connections.open(browser, 'Baltic');
  const test = await connections.test(browser);
  assert.equal(test.ended, 'failed');
  assert.equal(test.stages.host_key, 'failed');
  assert.notEqual(test.stages.authentication, 'passed');
  await settle(browser);
  await picture(browser, 'connection-changed-light');
  await isAccessible(browser, 'failed test');

  await click(browser, '#compare-keys');
  await browser.$('#trust-dialog').waitForDisplayed();
  assert.equal(await textOf(browser, '[data-fingerprint=known]'), known);
  assert.equal(await textOf(browser, '[data-fingerprint=shown]'), shown);
  await settle(browser);
  await picture(browser, 'trust-light');
  await isAccessible(browser, 'trust dialog');
  await type(browser, '#typed-fingerprint', known);
  assert.equal(await browser.$('#trust-new-key').isEnabled(), false, 'the old fingerprint does not make the new key trusted');
  await click(browser, '#keep-refusing');

  await openJob(browser);
  const refused = await builder.run(browser);
  assert.equal(refused.state, 'failed');
  await click(browser, '#open-run');
  await browser.$('#failure[data-code=host_key_changed]').waitForDisplayed();
  assert.match(await textOf(browser, '#failure'), /host key/i, 'the failure is said in plain words');
  await settle(browser);
  await browser.$('#log [data-log=error]').waitForDisplayed();
  await picture(browser, 'execution-failed-light');
  await isAccessible(browser, 'a failed run');
  assert.equal(sshd.attempts(), 0, `nobody tried to log in to the changed server:\n${sshd.log()}`);

  await goTo(browser, 'dashboard');
  await browser.$('[data-attention]').waitForDisplayed();
  await settle(browser);
  await picture(browser, 'dashboard-attention-light');
  await isAccessible(browser, 'a dashboard with a failure');

  await connections.open(browser, 'Baltic');
  await click(browser, '#compare-keys');
  await type(browser, '#typed-fingerprint', shown);
  await click(browser, '#trust-new-key');
  await until('the test passes with the new key', () => browser.$('[data-test=passed]').isExisting(), 30_000);
  await openJob(browser);
  const accepted = await builder.run(browser);
  assert.equal(accepted.state, 'completed', await textOf(browser, '#run-strip'));
  assert.deepEqual(Object.keys(sumsOf(delivered)), ['prices.csv']);
  await complainsOfNothing(browser);
}

const JOB = 'Baltic prices';

/** One step, added by a click in the palette. */
async function makeJob(browser, sshd, delivered) {
  await builder.newJob(browser);
  await type(browser, '#job-name', JOB);
  await click(browser, '[data-palette="sftp.download"]');
  await builder.isInOrder(browser, 'sftp.download');
  await builder.select(browser, 'sftp.download');
  await choose(browser, '[data-field=connection_id] button', 'Baltic');
  await builder.write(browser, 'remote_path', join(sshd.data, 'out', '*.csv'));
  await builder.write(browser, 'local_path', `${delivered}/`);
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await builder.save(browser, 1);
}

async function openJob(browser) {
  await goTo(browser, 'jobs');
  await click(browser, `[data-job-row="${JOB}"]`);
  await browser.$(`[data-builder] ${builder.step('sftp.download')}`).waitForDisplayed();
}
