// What a rule has to tell stands on the desktop, in words that are never taken for markup, and a click on it opens its
// page: in a window that was hidden, and after another notification server has taken the place of the first.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, listen } from '../harness/eyes.mjs';
import { findWindow } from '../harness/x11.mjs';
import { until } from '../harness/wait.mjs';
import { applyBundle } from '../peers/cli.mjs';
import { startShell } from '../peers/desktop.mjs';
import { goTo, invoke } from '../pages/frame.mjs';

export const name = 'A notification on the desktop says what happened, and a click on it opens the page';

export async function play({ desktop, home, open, after }) {
  let shell = await startShell(desktop);
  after(() => shell.stop());
  const { browser } = await open();
  await listen(browser);
  const folder = home.at('letters');
  const watched = join(folder, 'gone');
  mkdirSync(watched);
  applyBundle(home, work(folder, watched));
  const jobs = await invoke(browser, 'jobs_list', {});
  const start = (called) => invoke(browser, 'jobs_run', { id: jobs.find((job) => job.name === called).id, parameters: {} });

  // The words, and where they lead, while nobody sees the window.
  const window = await findWindow(desktop.number, 'Courier');
  after(async () => window.end());
  const run = await start('R&D <letters>');
  const failed = await shell.notice('Job R&D <letters> has failed');
  assert.equal(failed.app, 'Courier');
  assert.equal(failed.urgency, 2, 'what failed stays until it is put away');
  assert.deepEqual(failed.actions, ['default', 'Open']);
  assert.match(failed.body, /missing\.txt/, 'it says why');
  assert.match(failed.body, new RegExp(`Run: ${run}`));
  assert.match(failed.body, /notification rule tell &lt;me&gt; here/, 'no name is markup');
  window.close();
  await until('the window is gone', async () => !(await window.isShown()));
  await shell.notice('Courier goes on running');
  await shell.click(failed);
  await until('the window is back', () => window.isShown());
  await isAt(browser, `/executions/${run}`);
  await browser.$('#execution-state[data-state=failed]').waitForDisplayed();

  // What is no click on the notice opens nothing; what leads elsewhere is opened afterwards all the same.
  await goTo(browser, 'jobs');
  await shell.click(failed, 'snooze');
  const chain = (await invoke(browser, 'chains_list', {})).find((row) => row.name === 'Morning');
  const chainRun = await invoke(browser, 'chains_run', { id: chain.id, parameters: {} });
  await shell.click(await shell.notice('Chain Morning has failed'));
  await isAt(browser, `/chains/${chain.id}`);
  await until('the run of the chain is shown', () => browser.execute((id) => location.hash.includes(id), chainRun));

  const [inbox] = await invoke(browser, 'monitors_list', { filter: {} });
  await shell.click(await shell.notice('Monitor Gone folder has failed and stopped looking'));
  await isAt(browser, `/monitors/${inbox.monitor.id}`);

  // Nobody shows anything for a while; the next server counts from one again.
  await shell.stop();
  const unseen = await start('Unseen');
  await until('a run fails unseen', async () => (await invoke(browser, 'executions_get', { id: unseen })).execution.state === 'failed');
  shell = await startShell(desktop);
  const later = await start('Later');
  const told = await shell.notice('Job Later has failed');
  await goTo(browser, 'settings');
  await shell.click(told);
  await isAt(browser, `/executions/${later}`);
  await complainsOfNothing(browser);
}

const isAt = (browser, path) =>
  until(`${path} is open`, () => browser.execute((wanted) => location.hash.slice(1).split('?')[0] === wanted, path), 20_000);

function work(folder, watched) {
  const job = (called) => ({
    name: called,
    steps: [{ name: 'Copy', type_key: 'file.copy', configuration: { source_path: join(folder, 'missing.txt'), destination_path: join(folder, 'out/') } }],
  });
  return {
    courier: 1,
    jobs: [job('R&D <letters>'), job('Of the chain'), job('Unseen'), job('Later')],
    chains: [{ name: 'Morning', members: [{ name: 'only', job_id: 'Of the chain' }] }],
    monitors: [{
      name: 'Gone folder',
      watch_target: { type: 'local', path: join(watched, 'nothing') },
      polling_interval_sec: 1,
      max_consecutive_failures: 1,
    }],
    notification_rules: [{
      name: 'tell <me> here',
      event_types: ['JobFailed', 'ChainFailed', 'MonitorFailed'],
      channel: { type: 'desktop' },
    }],
  };
}
