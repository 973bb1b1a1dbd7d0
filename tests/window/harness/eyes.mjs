// What is looked at: pictures, accessibility, and whether the page complained.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './wait.mjs';

export const PICTURES = join(dirname(fileURLToPath(import.meta.url)), '..', 'screenshots');
const SIZE = { width: 1280, height: 800 };
const SMALL = { width: 1024, height: 700 };
/** A 4K display at its own size. */
const LARGE = { width: 3840, height: 2160 };

/** Waits until nothing moves, no news covers the page, and what it shows is drawn. A page may show what is `busy`. */
export async function settle(browser, { busy = false } = {}) {
  await until('the page is at rest', () =>
    browser.execute((waits) => {
      const endless = (animation) => animation.effect?.getComputedTiming().endTime === Infinity;
      const moves = document.getAnimations().some((animation) => animation.playState === 'running' && !endless(animation));
      return !moves && !document.querySelector(waits);
    }, busy ? '[data-sonner-toast]' : '[data-sonner-toast], [data-skeleton], [aria-busy=true]'), 20_000);
  // A picture is of the last frame that was drawn.
  await browser.executeAsync((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
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

/** Fails when a part of the page has to be pushed sideways to be seen whole. */
export async function fitsItsWidth(browser, page) {
  const wide = await browser.execute(() =>
    [...document.querySelectorAll('body *')]
      // Where letters are larger, a pixel is lost to rounding.
      .filter((part) => part.scrollWidth > part.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(part).overflowX))
      .map((part) => `${part.tagName.toLowerCase()}${part.id && `#${part.id}`} ${part.getAttribute('aria-label') ?? part.className}: ${part.scrollWidth - part.clientWidth}`));
  assert.deepEqual(wide, [], `parts of ${page} are wider than their place`);
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
export async function inBothThemes(browser, what, how = {}) {
  for (const theme of ['dark', 'light']) {
    await browser.execute((wanted) => document.documentElement.setAttribute('data-theme', wanted), theme);
    await settle(browser, how);
    await picture(browser, `${what}-${theme}`);
    await isAccessible(browser, `${what}, ${theme}`);
    await fitsItsWidth(browser, `${what}, ${theme}`);
  }
}

/** The same in a small window, with `at` in view: nothing lies outside of it at its side, and a picture is kept. */
export async function inSmallWindow(browser, what, at = null, how = {}) {
  await resize(browser, SMALL);
  if (at) await browser.$(at).scrollIntoView({ block: 'center' });
  await settle(browser, how);
  await picture(browser, `${what}-small`);
  const wide = await browser.execute(() => document.documentElement.scrollWidth - innerWidth);
  await resize(browser, SIZE);
  assert.ok(wide <= 0, `${what} is ${wide} pixels wider than a small window`);
}

/** Makes the window as small, usual or large as it is on somebody's display; what is shown then has room. */
export const makeSmall = (browser) => resize(browser, SMALL);
export const makeLarge = (browser) => resize(browser, LARGE);

/** Fails when something lies outside of the window at its side, or a part has to be pushed sideways. */
export async function hasRoom(browser, what) {
  const wide = await browser.execute(() => document.documentElement.scrollWidth - innerWidth);
  // Where letters are larger, a pixel is lost to rounding.
  assert.ok(wide <= 1, `${what} is ${wide} pixels wider than the window`);
  await fitsItsWidth(browser, what);
}

async function resize(browser, { width, height }) {
  await browser.setWindowSize(width, height);
  await until(`the window is ${width} wide`, () => browser.execute((wide, high) => innerWidth === wide && innerHeight === high, width, height));
}
