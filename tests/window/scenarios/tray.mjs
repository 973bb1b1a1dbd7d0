// The tray says how Courier is, offers the newest runs, pauses all monitors and lets them go on, and quits.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { complainsOfNothing, listen } from '../harness/eyes.mjs';
import { isAlive, run } from '../harness/processes.mjs';
import { until } from '../harness/wait.mjs';
import { applyBundle } from '../peers/cli.mjs';
import { startShell } from '../peers/desktop.mjs';
import { invoke } from '../pages/frame.mjs';

export const name = 'The tray shows how Courier is, opens runs, pauses the monitors and quits';

const ICONS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'icons');

export async function play({ desktop, home, open, after }) {
  const shell = await startShell(desktop);
  after(() => shell.stop());
  const { browser, pid } = await open();
  await listen(browser);
  const first = await shell.tray('the tray has its menu and its picture', (tray) => tray.entries.length > 0 && shows(tray, 'tray.png'));
  assert.deepEqual(labels(first), ['Open Courier', 'Nothing is running', 'Pause monitors', 'Resume monitors', 'Quit']);
  assert.deepEqual(first.entries.filter(({ line, enabled }) => !line && enabled).map(({ label }) => label), ['Open Courier', 'Quit']);

  applyBundle(home, work(home));
  await shell.tray('monitors can be paused', (tray) => labels(tray).includes('Pause 2 monitors'));
  const jobs = await invoke(browser, 'jobs_list', {});
  const start = (called) => invoke(browser, 'jobs_run', { id: jobs.find((job) => job.name === called).id, parameters: {} });

  const waiting = await start('Wait_for & the bank');
  await shell.tray('it works', (tray) => labels(tray)[1] === '1 running' && labels(tray).includes('Wait_for & the bank: running') && shows(tray, 'tray-working.png'));
  const failed = await start('Letters');
  const both = await shell.tray('it needs attention', (tray) => labels(tray)[1] === '1 running, 1 needs attention' && shows(tray, 'tray-attention.png'));
  assert.deepEqual(labels(both).slice(2, 4), ['Letters: failed', 'Wait_for & the bank: running'], 'the newest is first');

  await shell.choose('Letters: failed');
  await until('the page of the run is open', () => browser.execute((id) => location.hash === `#/executions/${id}`, failed));
  await browser.$('#execution-state[data-state=failed]').waitForDisplayed();

  await shell.choose('Pause 2 monitors');
  await shell.tray('they can go on', (tray) => labels(tray).includes('Resume 2 monitors') && labels(tray).includes('Pause monitors'));
  assert.deepEqual(await states(browser), ['paused', 'paused']);
  await shell.choose('Resume 2 monitors');
  await shell.tray('they can be paused again', (tray) => labels(tray).includes('Pause 2 monitors'));
  assert.deepEqual(await states(browser), ['active', 'active']);

  await invoke(browser, 'executions_cancel', { id: waiting });
  await shell.tray('it works no more', (tray) => labels(tray)[1] === '1 needs attention' && labels(tray).includes('Wait_for & the bank: cancelled'));
  await complainsOfNothing(browser);
  await shell.choose('Quit');
  await until('Courier ends', () => !isAlive(pid), 20_000);
}

const labels = ({ entries }) => entries.filter(({ line }) => !line).map(({ label }) => label);

/** Whether the tray's picture is this one of ours. Its file goes when the next picture comes. */
function shows({ image }, icon) {
  const pixels = (picture) => run('convert', ['-', 'txt:-'], { input: picture, stdio: 'pipe', maxBuffer: 1 << 26 });
  const file = image.endsWith('.png') ? image : `${image}.png`;
  try {
    return pixels(readFileSync(file)) === pixels(readFileSync(join(ICONS, icon)));
  } catch (error) {
    if (error.code === 'ENOENT' && error.path === file) return false;
    throw error;
  }
}

const states = async (browser) => (await invoke(browser, 'monitors_list', { filter: {} })).map(({ monitor }) => monitor.state);

function work(home) {
  const folder = home.at('watched');
  const monitor = (called) => ({ name: called, watch_target: { type: 'local', path: folder } });
  return {
    courier: 1,
    jobs: [
      { name: 'Wait_for & the bank', steps: [{ name: 'Wait', type_key: 'flow.wait', configuration: { seconds: 900 }, timeout_seconds: 0 }] },
      { name: 'Letters', steps: [{ name: 'Copy', type_key: 'file.copy', configuration: { source_path: join(folder, 'missing.txt'), destination_path: join(folder, 'out/') } }] },
    ],
    monitors: [monitor('Inbox'), monitor('Outbox')],
  };
}
