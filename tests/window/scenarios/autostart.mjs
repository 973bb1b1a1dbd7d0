// Courier starts with the session when it is told to: the system finds an entry and starts it in the tray, without a
// window, until somebody asks for one.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, inBothThemes, listen } from '../harness/eyes.mjs';
import { click } from '../harness/hands.mjs';
import { isAlive, run, start, startedWith } from '../harness/processes.mjs';
import { DESKTOP } from '../harness/session.mjs';
import { until, within } from '../harness/wait.mjs';
import { findWindow } from '../harness/x11.mjs';
import { startShell } from '../peers/desktop.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'Courier starts with the session in the tray, as the settings say';

const SWITCH = '[role=switch][aria-labelledby=autostart-label]';

export async function play({ desktop, home, open, after }) {
  const entry = join(home.env.XDG_CONFIG_HOME, 'autostart', 'courier.desktop');
  const first = await open();
  await listen(first.browser);
  await goTo(first.browser, 'settings');
  await isSwitched(first.browser, false);
  await click(first.browser, SWITCH);
  await isSwitched(first.browser, true);
  await inBothThemes(first.browser, 'settings-autostart');
  await complainsOfNothing(first.browser);
  const exec = readFileSync(entry, 'utf8').split('\n').find((line) => line.startsWith('Exec='));
  assert.equal(exec, `Exec="${DESKTOP}" "--hidden" "--home" "${home.home}"`);
  await first.close();

  // As a session does, with the system's own reader of such entries.
  const shell = await startShell(desktop);
  after(() => shell.stop());
  run('gio', ['launch', entry], { env: first.env, stdio: 'ignore' });
  const tray = await shell.tray('Courier is in the tray', ({ entries }) => entries.length > 0, 30_000);
  assert.ok(tray.entries.some(({ label }) => label === 'Open Courier'));
  const [pid] = startedWith('COURIER_HOME', home.home);
  after(() => { if (isAlive(pid)) process.kill(pid, 'SIGKILL'); });
  await assert.rejects(findWindow(desktop.number, 'Courier'), /No window/);

  // Logging in again shows nothing, a start by hand does.
  for (const [args, shown] of [[['--hidden'], false], [[], true]]) {
    const again = start(DESKTOP, args, { env: first.env });
    const { code } = await within(20_000, 'The second start', again.ended);
    assert.equal(code, 0, again.said);
    if (shown) await until('the window is there', () => isThere(desktop), 20_000);
    else assert.ok(!(await isThere(desktop)));
  }
  process.kill(pid, 'SIGTERM');
  await until('Courier ends', () => !isAlive(pid), 20_000);

  const second = await open();
  await listen(second.browser);
  await goTo(second.browser, 'settings');
  await isSwitched(second.browser, true);
  await click(second.browser, SWITCH);
  await isSwitched(second.browser, false);
  assert.ok(!existsSync(entry));
  await complainsOfNothing(second.browser);
}

const isSwitched = (browser, on) =>
  until(`the start with the session is ${on ? 'on' : 'off'}`, () =>
    browser.execute((selector, wanted) => {
      const shown = document.querySelector(selector);
      return shown?.getAttribute('aria-checked') === String(wanted) && !shown.hasAttribute('data-disabled');
    }, SWITCH, on));

/** Whether the window is on the display. */
async function isThere(desktop) {
  try {
    (await findWindow(desktop.number, 'Courier')).end();
    return true;
  } catch (error) {
    if (/No window/.test(error.message)) return false;
    throw error;
  }
}
