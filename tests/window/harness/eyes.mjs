// What is looked at: pictures, accessibility, and whether the page complained.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './wait.mjs';

export const PICTURES = join(dirname(fileURLToPath(import.meta.url)), '..', 'screenshots');
const SIZE = { width: 1280, height: 800 };

/** Waits until nothing moves and no news covers the page. */
export async function settle(browser) {
  await until('the page is at rest', () =>
    browser.execute(() => {
      const endless = (animation) => animation.effect?.getComputedTiming().endTime === Infinity;
      const moves = document.getAnimations().some((animation) => animation.playState === 'running' && !endless(animation));
      return !moves && !document.querySelector('[data-sonner-toast], [data-skeleton], [aria-busy=true]');
    }), 20_000);
}

export async function picture(browser, name) {
  mkdirSync(PICTURES, { recursive: true });
  await browser.saveScreenshot(join(PICTURES, `${name}.png`));
}

/** Light or dark, as the button in the settings does it. */
export async function paint(browser, theme) {
  await browser.$(`#theme-${theme}`).click();
  await until(`the page is ${theme}`, () => browser.execute((wanted) => document.documentElement.dataset.theme === wanted, theme));
}

export async function hasPageSize(browser) {
  const size = await browser.execute(() => ({ width: innerWidth, height: innerHeight }));
  assert.deepEqual(size, SIZE, 'the window opens at its size');
}

/** Fails when a page keeps somebody out. */
export async function isAccessible(browser, page) {
  if (!(await browser.execute(() => 'axe' in window))) await browser.execute(axe.source);
  const found = await browser.executeAsync((done) => {
    window.axe.run(document, { resultTypes: ['violations'] }).then(
      ({ violations }) =>
        done(
          violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join('; ')}`),
        ),
      (error) => done([String(error)]),
    );
  });
  assert.deepEqual(found, [], `axe finds something serious on: ${page}`);
}

/** From now on notes what the page complains about. */
export async function listen(browser) {
  await browser.execute(() => {
    if (window.courierComplaints) return;
    const complaints = (window.courierComplaints = []);
    const note = (text) => complaints.push(text);
    document.addEventListener('securitypolicyviolation', (event) => note(`CSP ${event.violatedDirective}: ${event.blockedURI}`));
    window.addEventListener('error', (event) => note(`error: ${event.message}`));
    window.addEventListener('unhandledrejection', (event) => note(`unhandled: ${event.reason?.message ?? JSON.stringify(event.reason)}`));
    const { error } = console;
    console.error = (...args) => {
      note(`console: ${args.map(String).join(' ').slice(0, 400)}`);
      error.apply(console, args);
    };
  });
}

/** What the page complained about since it was last asked. */
export const complaints = (browser) => browser.execute(() => window.courierComplaints.splice(0));

export async function complainsOfNothing(browser) {
  assert.deepEqual(await complaints(browser), [], 'the page complains');
}

/** What is written in an element; empty when it is not there. */
export const textOf = (browser, selector) => browser.execute((wanted) => document.querySelector(wanted)?.innerText ?? '', selector);

/** What is shown, in either theme: kept as a picture, and within everybody's reach. */
export async function inBothThemes(browser, what) {
  for (const theme of ['dark', 'light']) {
    await browser.execute((wanted) => document.documentElement.setAttribute('data-theme', wanted), theme);
    await settle(browser);
    await picture(browser, `${what}-${theme}`);
    await isAccessible(browser, `${what}, ${theme}`);
  }
}
