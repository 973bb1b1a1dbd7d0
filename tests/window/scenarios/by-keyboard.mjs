// A nested job is built, run and looked at without a mouse.
import assert from 'node:assert/strict';
import { complainsOfNothing, listen, picture, settle, textOf } from '../harness/eyes.mjs';
import { Key } from '../harness/hands.mjs';
import { comesTo, say, tabTo, write } from '../harness/keyboard.mjs';
import { until } from '../harness/wait.mjs';
import * as builder from '../pages/builder.mjs';

export const name = 'A nested job is built, run and looked at by the keyboard alone';

const block = builder.step;
const level = (browser, type) => browser.$(block(type)).getAttribute('aria-level');

/** Finds a step type by typing; it comes after the step that the keyboard is at. */
async function insert(browser, type) {
  await browser.keys('/');
  await comesTo(browser, '#palette-search');
  await say(browser, type);
  await browser.keys(Key.Enter);
  await comesTo(browser, block(type));
}

/** Goes to a step by the arrows, and into its first field. */
async function edit(browser, type) {
  const order = (await builder.order(browser)).split(' ');
  await browser.keys(Key.Home);
  await comesTo(browser, block(order[0]));
  for (const next of order.slice(1, order.indexOf(type) + 1)) {
    await browser.keys(Key.ArrowDown);
    await comesTo(browser, block(next));
  }
  await browser.keys(Key.Enter);
  await comesTo(browser, '[data-inspector] *');
}

/** From a field back to the steps. */
async function leave(browser, type) {
  await browser.keys(Key.Escape);
  await comesTo(browser, block(type));
}

const part = (field) => `[data-template="${field}"] input[data-part]`;

async function insertValue(browser, field, search, inner) {
  await tabTo(browser, part(field));
  await browser.keys('{');
  await browser.$('[data-scope-picker]').waitForDisplayed();
  await say(browser, search);
  await until(`${inner} is chosen`, () => browser.execute((wanted) => document.querySelector('[data-scope-picker] [aria-selected=true]')?.dataset.scope === wanted, inner));
  await browser.keys(Key.Enter);
  await browser.$(`[data-template="${field}"] [data-pill="${inner}"]`).waitForExist();
}

export async function play({ open }) {
  const { browser } = await open();
  await listen(browser);
  await tabTo(browser, '[data-nav=jobs]');
  await browser.keys(Key.Enter);
  await browser.$('#new-job').waitForDisplayed();
  await browser.keys('n');
  await browser.$('[data-builder]').waitForDisplayed();
  await tabTo(browser, '#job-name');
  await write(browser, 'Sort the days');
  await browser.keys(Key.Tab);

  await insert(browser, 'context.set');
  await insert(browser, 'flow.foreach');
  await insert(browser, 'flow.if');
  await browser.keys([Key.Alt, Key.ArrowRight]);
  await until('the question is in the loop', async () => (await level(browser, 'flow.if')) === '2');
  await insert(browser, 'flow.wait');
  await browser.keys([Key.Alt, Key.ArrowRight]);
  await until('the wait is in the branch that holds', async () => (await level(browser, 'flow.wait')) === '3');
  await insert(browser, 'flow.fail');
  await browser.keys([Key.Alt, Key.ArrowDown]);
  await until('the failure is in the branch that does not', () =>
    browser.execute(() => {
      const rows = [...document.querySelectorAll('[data-canvas] [data-type], [data-canvas] [data-branch]')];
      const at = rows.findIndex(({ dataset }) => dataset.type === 'flow.fail');
      return rows.slice(0, at).findLast(({ dataset }) => dataset.branch)?.dataset.branch === 'otherwise';
    }));
  await builder.isInOrder(browser, 'context.set', 'flow.foreach', 'flow.if', 'flow.wait', 'flow.fail');

  await edit(browser, 'context.set');
  await tabTo(browser, '[data-add-line=values]');
  await browser.keys(Key.Enter);
  await tabTo(browser, '[aria-label="Name of value 1"]', { back: true });
  await write(browser, 'days');
  await tabTo(browser, part('values.days'));
  await say(browser, '{{ [1, 2, 3] }}');
  await browser.$('[data-template="values.days"] [data-pill]').waitForExist();
  const set = await browser.$(block('context.set')).getAttribute('data-step');
  await leave(browser, 'context.set');

  await edit(browser, 'flow.foreach');
  await insertValue(browser, 'source', 'days', `steps.${set}.days`);
  await leave(browser, 'flow.foreach');
  await edit(browser, 'flow.if');
  await insertValue(browser, 'left', 'loop.item', 'loop.item');
  await tabTo(browser, part('right'));
  await browser.keys('9');
  await leave(browser, 'flow.if');
  await edit(browser, 'flow.fail');
  await tabTo(browser, part('message'));
  await say(browser, 'not today');
  await leave(browser, 'flow.fail');
  await edit(browser, 'flow.wait');
  await tabTo(browser, 'input[data-field=seconds]');
  await write(browser, '0');
  await leave(browser, 'flow.wait');
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);

  await browser.keys([Key.Ctrl, Key.Enter]);
  await comesTo(browser, '#run-confirm');
  await browser.keys(Key.Enter);
  await browser.$('#run-strip[data-run-state=failed]').waitForDisplayed({ timeout: 60_000 });
  await settle(browser);
  await picture(browser, 'by-keyboard-run-light');
  await tabTo(browser, '#open-run');
  await browser.keys(Key.Enter);

  await browser.$('#execution-state[data-state=failed]').waitForDisplayed();
  await tabTo(browser, '[role=treegrid]');
  const current = () => browser.execute(() => {
    const row = document.getElementById(document.activeElement?.getAttribute('aria-activedescendant') ?? '');
    return row && { text: row.innerText, level: row.getAttribute('aria-level'), open: row.getAttribute('aria-expanded'), chosen: row.getAttribute('aria-selected') };
  });
  const row = (what, is) => until(what, async () => { const now = await current(); return now && is(now); })
    .catch(async (error) => { throw new Error(`${error.message}; at hand is ${JSON.stringify(await current())}`); });
  await browser.keys(Key.ArrowDown);
  await browser.keys(Key.ArrowDown);
  await row('the loop is at hand, closed', ({ open: wide }) => wide === 'false');
  await browser.keys(Key.ArrowRight);
  await row('the loop is open', ({ open: wide }) => wide === 'true');
  await browser.keys(Key.End);
  await row('its iteration is at hand, closed', ({ text, open: wide }) => /Iteration 1/.test(text) && wide === 'false');
  await browser.keys(Key.ArrowRight);
  await row('the iteration is open', ({ open: wide }) => wide === 'true');
  await browser.keys(Key.End);
  await row('its last step is at hand', ({ text, level: deep }) => deep === '4' && /Fail/.test(text));
  await browser.keys(Key.Enter);
  await row('only the log of that step is shown', ({ chosen }) => chosen === 'true');
  await settle(browser);
  await picture(browser, 'by-keyboard-execution-light');
  assert.match(await textOf(browser, 'main'), /not today/);
  await complainsOfNothing(browser);
}
