// Fifty runs that go on: how many messages the window gets, none of them while it is hidden, and what its web process
// takes in memory after a long time.
import { readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { descendants, start } from '../../window/harness/processes.mjs';
import { DESKTOP } from '../../window/harness/session.mjs';
import { until, within } from '../../window/harness/wait.mjs';
import { findWindow } from '../../window/harness/x11.mjs';
import { goTo, invoke } from '../../window/pages/frame.mjs';
import { ROUNDS } from './workspace.mjs';

const COUNTED_SECONDS = 20;
/** The pages that a person has before them meanwhile, each for a minute. */
const LOOKED_AT = ['executions', 'dashboard', 'jobs', 'run'];

/** Messages a second, shown and hidden, and the memory in MiB at the beginning and after so many minutes. */
export async function live({ browser, pid, env }, display, minutes) {
  const jobs = (await invoke(browser, 'jobs_list', {})).filter(({ name }) => /^Round \d+$/.test(name));
  for (const { id } of jobs) await invoke(browser, 'jobs_run', { id, parameters: {} });
  const running = await until('all are running', async () => {
    const { executions } = await invoke(browser, 'executions_list', { filter: { states: ['running'], limit: ROUNDS } });
    return executions.length === ROUNDS && executions;
  }, 60_000);
  await goTo(browser, 'executions');
  await count(browser, running[0].id);

  const shown = await messages(browser);
  const window = await findWindow(display, 'Courier');
  window.close();
  await until('the window is hidden', async () => !(await window.isShown()));
  const hidden = await messages(browser);
  await window.end();
  // A second start shows it again.
  await within(20_000, 'The second start', start(DESKTOP, [], { env }).ended);
  await until('the window is shown', () => browser.execute(() => document.visibilityState === 'visible'));
  const before = memory(pid);
  let peak = before;
  for (let minute = 0; minute < minutes; minute += 1) {
    const place = LOOKED_AT[minute % LOOKED_AT.length];
    if (place === 'run') await browser.execute((id) => { location.hash = `#/executions/${id}`; }, running[minute % ROUNDS].id);
    else await goTo(browser, place);
    await after(60_000);
    peak = Math.max(peak, memory(pid));
  }
  return { shown, hidden, memory: { before, after: memory(pid), peak } };
}

/** Counts what the window is told: of changes in the store, and of one run's progress. */
const count = (browser, run) =>
  browser.executeAsync((id, done) => {
    const { invoke: ask, transformCallback } = window.__TAURI_INTERNALS__;
    window.courierMessages = 0;
    const heard = transformCallback(() => { window.courierMessages += 1; });
    const followed = transformCallback(() => { window.courierMessages += 1; });
    void ask('executions_follow', { id, channel: `__CHANNEL__:${followed}` });
    ask('plugin:event|listen', { event: 'changes', target: { kind: 'Any' }, handler: heard }).then(() => done());
  }, run);

async function messages(browser) {
  const now = () => browser.execute(() => [window.courierMessages, performance.now()]);
  const [before, from] = await now();
  await after(COUNTED_SECONDS * 1000);
  const [since, to] = await now();
  return ((since - before) / (to - from)) * 1000;
}

/** Resident MiB of the process that runs the page. */
function memory(pid) {
  const [web] = descendants(pid).filter((one) => readFileSync(`/proc/${one}/comm`, 'utf8').startsWith('WebKitWebProc'));
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${web}/status`, 'utf8'))[1]) / 1024;
}
