// Every page in the smallest window that Courier promises, on a whole 4K display, and with letters half as large again.
import assert from 'node:assert/strict';
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

  for (const scale of [1.25, 1.5]) {
    // A window comes back as large as it was left, unless that was never kept.
    const { browser, close } = await open({ GDK_DPI_SCALE: String(scale), XDG_CONFIG_HOME: home.at('config', String(scale)) });
    // As wide as ever, if the display has room.
    assert.equal(await browser.execute(() => innerWidth), Math.min(1280, Math.floor(DISPLAY / scale)), 'the window has grown with the letters');
    // WebDriver would click beside what has grown.
    for (const address of ADDRESSES) {
      const before = await browser.execute((to) => { location.hash = to; return document.title; }, address);
      if (address !== '/') await until(`${address} is open`, () => browser.execute((title) => document.title !== title, before));
      await look(browser, `scale-${scale}`)(address.slice(1).replace('/', '-') || 'dashboard');
    }
    await close();
  }
  assert.deepEqual(cramped, [], cramped.join('\n'));
}
