// Closing the window only hides it: runs go on, a second start brings it back, and a request to end ends it.
import assert from 'node:assert/strict';
import { isAlive, start } from '../harness/processes.mjs';
import { DESKTOP } from '../harness/session.mjs';
import { findWindow } from '../harness/x11.mjs';
import { click } from '../harness/hands.mjs';
import { until, within } from '../harness/wait.mjs';
import { invoke } from '../pages/frame.mjs';

export const name = 'A closed window leaves the engine running, and a second start brings it back';

export async function play({ desktop, open, after }) {
  const { browser, pid, env } = await open();
  await click(browser, '#try-sample');
  await browser.$('[data-builder] [data-type]').waitForDisplayed({ timeout: 30_000 });
  const window = await findWindow(desktop.number, 'Courier');
  after(async () => window.end());
  const [job] = await invoke(browser, 'jobs_list', {});

  const run = await invoke(browser, 'jobs_run', { id: job.id, parameters: {} });
  window.close();
  await until('the window is gone', async () => !(await window.isShown()));
  const state = async () => (await invoke(browser, 'executions_get', { id: run })).execution.state;
  await until('the run completes behind the closed window', async () => (await state()) === 'completed', 60_000);
  assert.ok(isAlive(pid), 'Courier runs on');

  const second = start(DESKTOP, [], { env });
  const { code } = await within(20_000, 'The second start', second.ended);
  assert.equal(code, 0, second.said);
  await until('the window is back', () => window.isShown());

  process.kill(pid, 'SIGTERM');
  await until('Courier ends when it is told to', () => !isAlive(pid), 20_000);
}
