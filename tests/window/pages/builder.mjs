// The job builder.
import { click, drag, Key } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { goTo } from './frame.mjs';

export async function newJob(browser) {
  await goTo(browser, 'jobs');
  await click(browser, '#new-job');
  await browser.$('[data-builder]').waitForDisplayed();
}

export const step = (type) => `[data-canvas] [data-type="${type}"]`;
const tile = (type) => `[data-palette="${type}"]`;

/** The types of the steps from top to bottom. */
export const order = (browser) => browser.execute(() => [...document.querySelectorAll('[data-canvas] [data-type]')].map((block) => block.dataset.type).join(' '));

export const isInOrder = (browser, ...types) =>
  until(`the steps are ${types.join(', ')}`, async () => (await order(browser)) === types.join(' '))
    .catch(async (error) => { throw new Error(`${error.message}; they are ${await order(browser)}`); });

/** The gap before a step of this type; without one, the gap at the end. */
async function gap(browser, before) {
  const key = await browser.execute((type) => {
    const block = type && document.querySelector(`[data-canvas] [data-type="${type}"]`);
    const found = block ? block.previousElementSibling : [...document.querySelectorAll('[data-gap]')].at(-1);
    return found?.dataset.gap ?? null;
  }, before ?? null);
  if (key === null) throw new Error(`No gap before ${before}`);
  return `[data-gap="${key}"]`;
}

export const dragIn = async (browser, type, before, look) => drag(browser, tile(type), await gap(browser, before), look);
export const dragStep = async (browser, type, before, look) => drag(browser, step(type), await gap(browser, before), look);

export async function select(browser, type) {
  await click(browser, step(type));
  const alias = await browser.$(step(type)).getAttribute('data-step');
  await browser.$(`[data-inspector="${alias}"]`).waitForDisplayed();
  return alias;
}

/** Types into a field of the selected step, in the place of what is there. */
export async function write(browser, field, text) {
  // A field with pills has a text before and after each; all of it is chosen from the last.
  const input = `[data-template="${field}"] input[data-part]`;
  await browser.$(input).waitForDisplayed();
  const last = (await browser.$$(input).getElements()).at(-1);
  await last.click();
  await browser.keys([Key.Ctrl, 'a']);
  await browser.keys(Key.Backspace);
  await until(`${field} is empty`, async () => (await value(browser, field)) === '');
  await browser.$(input).addValue(text);
  await until(`${field} holds ${text}`, async () => squeezed(await value(browser, field)) === squeezed(text));
}

const squeezed = (text) => text.replace(/\{\{\s*|\s*\}\}/g, (brace) => brace.trim());

/** A field's template: its texts with the expressions between them. */
export const value = (browser, field) =>
  browser.execute((name) => {
    const parts = document.querySelectorAll(`[data-template="${name}"] [data-parts] > *`);
    return [...parts].map((part) => {
      const pill = part.querySelector('[data-pill]');
      return pill ? `{{ ${pill.dataset.pill} }}` : (part.querySelector('input')?.value ?? part.value ?? '');
    }).join('');
  }, field);

/** Inserts a value by typing a brace and taking it from the list with the mouse. */
export async function insertByBrace(browser, field, inner) {
  await click(browser, `[data-template="${field}"] input[data-part]`);
  await browser.keys('{');
  await click(browser, `[data-scope-picker] [data-scope="${inner}"]`);
  await isPill(browser, field, inner);
}

/** Inserts a value with the button in the field, its search and Enter. */
export async function insertBySearch(browser, field, inner, search) {
  await click(browser, `[data-insert="${field}"]`);
  await browser.$('#scope-search').waitForDisplayed();
  await browser.$('#scope-search').addValue(search);
  await until(`${inner} is found`, async () => (await browser.$('[data-scope-picker] [aria-selected=true]').getAttribute('data-scope')) === inner);
  await browser.keys(Key.Enter);
  await isPill(browser, field, inner);
}

const isPill = (browser, field, inner) => until(`${inner} is a pill`, () => browser.$(`[data-template="${field}"] [data-pill="${inner}"]`).isExisting());

export const errors = async (browser) => Number(await browser.$('#problems-count').getAttribute('data-errors'));

export async function save(browser, version) {
  await browser.keys([Key.Ctrl, 's']);
  await until(`version ${version} is saved`, () => browser.$(`#job-version[data-version="${version}"]:not([data-changed])`).isExisting());
}

/** Runs the saved job and waits for its end. Returns how it ended and which states each block showed. */
export async function run(browser, limit = 120_000) {
  await browser.execute(() => {
    const seen = (window.courierSeen = {});
    const note = () => {
      for (const block of document.querySelectorAll('[data-canvas] [data-state]')) {
        (seen[block.dataset.type] ??= new Set()).add(block.dataset.state);
      }
    };
    new MutationObserver(note).observe(document.querySelector('[data-builder]'), { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
  });
  await click(browser, '#run-job');
  const state = await until('the run ends', () =>
    browser.execute(() => {
      const now = document.querySelector('#run-strip')?.dataset.runState;
      return ['completed', 'failed', 'cancelled'].includes(now) ? now : null;
    }), limit);
  const seen = await browser.execute(() => Object.fromEntries(Object.entries(window.courierSeen).map(([type, states]) => [type, [...states]])));
  return { state, seen };
}
