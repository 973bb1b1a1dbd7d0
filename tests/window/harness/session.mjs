// One Courier window under WebDriver. WebKit's driver takes one session at a time.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { remote } from 'webdriverio';
import { descendants, describe, freePort, isAlive, listens, start, stop } from './processes.mjs';
import { until, within } from './wait.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const DESKTOP = process.env.COURIER_DESKTOP || join(process.env.CARGO_TARGET_DIR || join(root, 'target'), 'debug', 'courier-desktop');

const OPENS = 20_000;
/** Courier pauses what runs and ends within this. */
const ENDS = 20_000;

function bridge() {
  const cached = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'courier', 'tools', 'bin', 'tauri-driver');
  return existsSync(cached) ? cached : 'tauri-driver';
}

/** Starts Courier on `desktop` with a home's environment. A session that does not open is tried a second time. */
export async function openApp(desktop, home) {
  const env = {
    ...process.env,
    ...desktop.env,
    // With the renderer off, as Courier does by itself, screenshots by WebDriver hang.
    WEBKIT_DISABLE_DMABUF_RENDERER: '0',
    ...home,
    LC_ALL: 'C.UTF-8',
    TZ: 'Europe/Berlin',
  };
  try {
    return await open(env);
  } catch (first) {
    return await open(env).catch((second) => {
      throw new Error(`The window did not open, also not the second time.\n${first.message}\n${second.message}`);
    });
  }
}

function terminate(pid) {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * WebKit's driver finds an element and then names it; one that leaves the page in between it calls stale. For who asks
 * it is not there, and waiting goes on.
 */
function goneIsAbsent(response) {
  const error = response.body?.value;
  if (error?.error !== 'stale element reference' || !/node handle/.test(error.message)) return response;
  return { statusCode: 404, body: { value: { ...error, error: 'no such element' } } };
}

async function open(env) {
  const [port, native] = [await freePort(), await freePort()];
  const driver = start(bridge(), ['--port', String(port), '--native-port', String(native)], { env });
  let over = null;
  driver.ended.then((end) => { over = `it ended with ${end.code ?? end.signal}`; }, (error) => { over = error.message; });
  // Taken while all run: who loses the parent is not found any more.
  const family = () => descendants(driver.pid);
  const end = async (left = family()) => {
    await stop(driver);
    await until('Courier ends with its session', () => !left.some(isAlive), ENDS).catch((error) => {
      const still = left.filter(isAlive);
      const names = still.map(describe);
      still.forEach((pid) => process.kill(pid, 'SIGKILL'));
      throw new Error(`${error.message}; still there: ${names.join(', ')}`);
    });
  };
  try {
    await until('tauri-driver listens', async () => {
      if (over) throw new Error(`tauri-driver does not run: ${over}\n${driver.said}`);
      return (await listens(port)) && (await listens(native));
    });
    const browser = await within(OPENS, 'Opening a session', remote({
      hostname: '127.0.0.1',
      port,
      path: '/',
      // Failures come as exceptions.
      logLevel: 'silent',
      connectionRetryCount: 0,
      connectionRetryTimeout: 60_000,
      waitforTimeout: 10_000,
      waitforInterval: 25,
      transformResponse: goneIsAbsent,
      // A browserName breaks the bridge.
      capabilities: { 'tauri:options': { application: DESKTOP, args: [] }, 'wdio:enforceWebDriverClassic': true },
    }));
    const [pid] = descendants(driver.pid, DESKTOP);
    if (!pid) throw new Error('A session is open, but Courier does not run.');
    await browser.$('#content').waitForExist({ timeout: OPENS });
    let closed = false;
    return {
      browser,
      pid,
      env,
      said: () => driver.said,
      async close() {
        if (closed) return;
        closed = true;
        const left = family();
        await browser.deleteSession().catch(() => {});
        // The driver ends the window at its leisure, and not at all once it was told to end itself.
        if (isAlive(pid)) terminate(pid);
        await end(left);
      },
    };
  } catch (error) {
    await end().catch(() => {});
    throw new Error(`${error.message}\n${driver.said}`);
  }
}
