// A dry run of a job that was never saved: every step is told with its files, what stands in the way is named, and
// neither the server nor the store knows anything of it afterwards.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, inBothThemes, listen, picture, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { startSshd } from '../peers/sshd.mjs';
import * as builder from '../pages/builder.mjs';
import * as connections from '../pages/connections.mjs';
import { goTo, invoke } from '../pages/frame.mjs';
import * as keys from '../pages/keys.mjs';

export const name = 'A dry run tells what every step would do, on the blocks and in a dialog, and writes nothing';

export async function play({ home, open, after }) {
  const sshd = await startSshd(home.at('server'));
  after(sshd.stop);
  const out = join(sshd.data, 'out');
  for (const [day, size] of [['mon', 1_000], ['tue', 20_000]]) writeFileSync(join(out, `prices-${day}.csv`), 'x'.repeat(size));
  const { browser } = await open();
  await listen(browser);
  sshd.allow(await keys.generateSsh(browser, 'courier-ops-2026'));
  await connections.fillIn(browser, { name: 'Baltic', group: 'Partners', port: sshd.port, user: sshd.user, sshKey: 'courier-ops-2026' });
  await click(browser, '#save-connection');
  await browser.$('[data-connection-row="Baltic"]').waitForDisplayed();

  const archive = join(home.at('kept'), 'prices.zip');
  await build(browser, out, archive, join(home.folder, 'not there.csv'));
  const before = traces(out);

  await rehearse(browser, '#rehearse-job', 'cannot');
  assert.deepEqual(await verdicts(browser), ['would_do', 'would_do', 'cannot']);
  const told = await textOf(browser, '#rehearsal');
  assert.match(told, /2 files, 21 KB/);
  assert.ok(told.includes(sshd.fingerprint()), `the key that would be trusted is told: ${told}`);
  assert.match(told, /There is no .*not there\.csv/);
  await inBothThemes(browser, 'dry-run-cannot');

  await browser.keys('Escape');
  await browser.$('#rehearsal-strip[data-verdict=cannot]').waitForDisplayed();
  assert.match(await textOf(browser, builder.step('file.copy')), /Cannot, file not found/);
  await inBothThemes(browser, 'dry-run-blocks');

  // Without the step that cannot, still unsaved: the old result goes, the new one has nothing against it.
  await builder.select(browser, 'file.copy');
  await click(browser, builder.step('file.copy'));
  await browser.keys('d');
  await browser.$('#rehearsal-strip').waitForExist({ reverse: true });
  await rehearse(browser, '#rehearse-job', 'would_do');
  assert.deepEqual(await verdicts(browser), ['would_do', 'would_do', 'skipped']);
  await settle(browser);
  await picture(browser, 'dry-run-would-do-light');
  await browser.keys('Escape');

  assert.deepEqual(traces(out), before, 'the server is as it was');
  assert.ok(!existsSync(archive), 'nothing was packed');
  const runs = await invoke(browser, 'executions_list', { filter: {} });
  assert.deepEqual(runs.items, [], 'no run was made');
  const [row] = await invoke(browser, 'connections_list', {});
  const { known_hosts } = await invoke(browser, 'connections_get', { id: row.connection.id });
  assert.deepEqual(known_hosts, [], 'no host is known by it');
  await builder.save(browser, 1);

  // From the list of jobs, with the server away.
  await sshd.stop();
  await goTo(browser, 'jobs');
  // What a row offers is shown under the pointer.
  await browser.$('[data-job-row="Fetch prices"]').moveTo();
  await click(browser, '[data-more-job="Fetch prices"]');
  await until('the menu is open', () => browser.execute(() => [...document.querySelectorAll('[role=menuitem]')].some((entry) => entry.textContent === 'Dry run')));
  await browser.execute(() => [...document.querySelectorAll('[role=menuitem]')].find((entry) => entry.textContent === 'Dry run').setAttribute('data-wanted', ''));
  await rehearse(browser, '[data-wanted]', 'cannot');
  assert.deepEqual(await verdicts(browser), ['cannot', 'unknown', 'skipped']);
  assert.match(await textOf(browser, '[data-problem=connection_refused]'), /refuses connections/);
  await inBothThemes(browser, 'dry-run-jobs');
  await browser.keys('Escape');
  await complainsOfNothing(browser);
}

async function build(browser, out, archive, missing) {
  await builder.newJob(browser);
  await type(browser, '#job-name', 'Fetch prices');
  for (const kind of ['sftp.download', 'file.zip', 'file.copy']) await builder.dragIn(browser, kind);
  const download = await builder.select(browser, 'sftp.download');
  await choose(browser, '[data-field=connection_id] button', 'Baltic');
  await builder.write(browser, 'remote_path', `${out}/*.csv`);
  await builder.select(browser, 'file.zip');
  await builder.insertByBrace(browser, 'source_paths', `steps.${download}.files`);
  await builder.write(browser, 'output_path', archive);
  await builder.select(browser, 'file.copy');
  await builder.write(browser, 'source_path', missing);
  await builder.write(browser, 'destination_path', `${archive}.d/`);
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
}

async function rehearse(browser, start, verdict) {
  await click(browser, start);
  const end = await until('the dry run ends', () =>
    browser.execute(() => {
      const state = document.querySelector('[data-rehearsal]')?.dataset.rehearsal;
      return state && state !== 'running' ? state : null;
    }), 60_000);
  assert.equal(end, verdict, await textOf(browser, '#rehearsal'));
}

const verdicts = (browser) => browser.execute(() => [...document.querySelectorAll('[data-rehearsed]')].map((step) => step.dataset.verdict));

/** Name, size, time and content of everything in a folder. */
const traces = (folder) =>
  readdirSync(folder).sort().map((file) => [file, statSync(join(folder, file)).mtimeMs, readFileSync(join(folder, file), 'utf8')]);
