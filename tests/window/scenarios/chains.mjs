// A chain with a fan-in: made in the list and by dragging in the graph, run, its failure seen on the members, retried.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, inBothThemes, listen, textOf } from '../harness/eyes.mjs';
import { click, drag, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import * as builder from '../pages/builder.mjs';
import * as chains from '../pages/chains.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'A chain is drawn with a fan-in, runs, shows a failure on its members and is retried';

/** A job that copies a file; the file may come later. */
async function makeJob(browser, called, from, to) {
  await builder.newJob(browser);
  await type(browser, '#job-name', called);
  await click(browser, '[data-palette="file.copy"]');
  await builder.isInOrder(browser, 'file.copy');
  await builder.select(browser, 'file.copy');
  await builder.write(browser, 'source_path', from);
  await builder.write(browser, 'destination_path', to);
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await builder.save(browser, 1);
}

export async function play({ home, open }) {
  const folder = home.at('chain');
  const [orders, prices] = [join(folder, 'orders.csv'), join(folder, 'prices.csv')];
  writeFileSync(orders, 'order;amount\r\n1;20\r\n');
  const { browser } = await open();
  await listen(browser);
  await makeJob(browser, 'Fetch orders', orders, `${join(folder, 'in')}/`);
  await makeJob(browser, 'Fetch prices', prices, `${join(folder, 'in')}/`);
  await makeJob(browser, 'Put together', join(folder, 'in', 'orders.csv'), `${join(folder, 'out')}/`);

  await goTo(browser, 'chains');
  await until('it is said what a chain is', async () => /No chains yet/.test(await textOf(browser, 'main')));
  await inBothThemes(browser, 'chains-empty');

  // Two members and what joins them, one edge in the list.
  await chains.newChain(browser, 'Morning');
  await click(browser, '#as-list');
  await chains.addMember(browser, 'Fetch orders', 'orders');
  await chains.addMember(browser, 'Fetch prices', 'prices');
  await chains.addMember(browser, 'Put together', 'both');
  await chains.waitsFor(browser, 'both', 'orders');
  await inBothThemes(browser, 'chain-list');

  // The other edge in the graph, by dragging.
  await click(browser, '#as-graph');
  await browser.$(chains.node('both')).waitForDisplayed();
  await drag(browser, chains.way.out('prices'), chains.way.into('both'), { mark: '.valid' });
  await until('the edge is there', async () => (await chains.edges(browser)).length === 2);
  assert.deepEqual(await chains.edges(browser), ['both runs after orders', 'both runs after prices']);

  // A cycle is refused by the host, and taken back by the keys.
  await drag(browser, chains.way.out('both'), chains.way.into('orders'), { mark: '.valid' });
  await until('the cycle is told', async () => /wait for each other/.test(await textOf(browser, '[aria-label=Problems]')));
  await browser.keys([Key.Ctrl, 'z']);
  await until('nothing is wrong', async () => Number(await browser.$('#problems-count').getAttribute('data-errors')) === 0);
  await click(browser, chains.node('both'));
  await browser.$('[data-inspector=both]').waitForDisplayed();
  await inBothThemes(browser, 'chain-graph');
  await chains.save(browser);

  // One of the two fails, so the third is left out.
  assert.equal(await chains.run(browser), 'failed');
  await until('each member says how it ended', async () => {
    const now = await chains.states(browser);
    return now.orders === 'completed' && now.prices === 'failed' && now.both === 'skipped';
  });
  assert.match(await textOf(browser, '#chain-run-error'), /prices/);
  assert.match(await textOf(browser, '#chain-run-tally'), /3 of 3 done, 1 failed/);
  await inBothThemes(browser, 'chain-run-failed');
  await click(browser, '#as-list');
  await until('the list says why', async () => /prices/.test(await textOf(browser, '[data-run-member=both]')));
  await inBothThemes(browser, 'chain-run-list');
  await click(browser, '#as-graph');

  // What was missing arrives.
  writeFileSync(prices, 'date;price\r\n2026-11-23;41,20\r\n');
  await click(browser, '#retry-chain');
  await until('the run goes on', () => browser.execute(() => document.querySelector('#chain-run-state')?.dataset.state !== 'failed'));
  assert.equal(await chains.ended(browser), 'completed', await textOf(browser, 'main'));
  await until('every member is done', async () => Object.values(await chains.states(browser)).every((state) => state === 'completed'));
  assert.ok(existsSync(join(folder, 'out', 'orders.csv')));
  await inBothThemes(browser, 'chain-run-completed');

  // A member's own run, and back to the list of chains.
  await click(browser, `${chains.node('both')} a`);
  await browser.$('#execution-state[data-state=completed]').waitForDisplayed();
  await goTo(browser, 'chains');
  await until('the list says how it ended', async () => /Completed/.test(await textOf(browser, '[data-chain-row=Morning]')));
  await inBothThemes(browser, 'chains');
  await complainsOfNothing(browser);
}
