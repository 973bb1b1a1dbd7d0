// Every page in the smallest window that Courier promises, on a whole 4K display, and with letters half as large again.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasRoom, makeLarge, makeSmall, picture, settle } from '../harness/eyes.mjs';
import { until } from '../harness/wait.mjs';
import { onEveryPage, trySample } from '../pages/every.mjs';

export const name = 'Every page has room in a small window, on a large display and with larger letters';

/** The pixels of the tests' display from side to side. */
const DISPLAY = 1600;
const ADDRESSES = ['/', '/jobs', '/jobs/new', '/executions', '/chains', '/monitors', '/connections', '/keys', '/files', '/audit', '/settings', '/settings/tags'];

export async function play({ home, open }) {
  const session = await open();
  await trySample(session.browser);
  const cramped = [];
  const look = (browser, how) => async (page) => {
    await settle(browser);
    await picture(browser, `${page}-${how}`);
    await hasRoom(browser, `${page}, ${how}`).catch((error) => cramped.push(error.message));
  };
  for (const [how, make] of [['small', makeSmall], ['large', makeLarge]]) {
    await make(session.browser);
    await onEveryPage(session.browser, look(session.browser, how));
  }
  await session.close();
  // A window comes back as large as it was left.
  forgetSize(home);

  for (const scale of [1.25, 1.5]) {
    const { browser, close } = await open({ GDK_DPI_SCALE: String(scale) });
    // As wide as ever, if the display has room.
    assert.equal(await browser.execute(() => innerWidth), Math.min(1280, Math.floor(DISPLAY / scale)), 'the window has grown with the letters');
    // WebDriver would click beside what has grown.
    for (const address of ADDRESSES) {
      const before = await browser.execute((to) => { location.hash = to; return document.title; }, address);
      if (address !== '/') await until(`${address} is open`, () => browser.execute((title) => document.title !== title, before));
      await look(browser, `scale-${scale}`)(address.slice(1).replace('/', '-') || 'dashboard');
    }
    await close();
    forgetSize(home);
  }
  assert.deepEqual(cramped, [], cramped.join('\n'));
}

function forgetSize(home) {
  const kept = readdirSync(home.folder, { recursive: true }).filter((path) => path.endsWith('window-state.json'));
  assert.equal(kept.length, 1, 'the size is kept');
  for (const path of kept) rmSync(join(home.folder, path));
}
