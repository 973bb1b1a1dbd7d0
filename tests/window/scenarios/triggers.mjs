// All that starts by itself, together: a chain with a fan-in is drawn, a monitor of a folder starts it, a rule tells of
// it on the desktop; a file is dropped into the folder, goes through every member and is delivered.
import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, inBothThemes, listen, textOf } from '../harness/eyes.mjs';
import { choose, click, drag, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { applyBundle } from '../peers/cli.mjs';
import { startShell } from '../peers/desktop.mjs';
import * as chains from '../pages/chains.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'A dropped file starts a drawn chain, is delivered by its members, and the desktop tells of it';

const [CHAIN, MONITOR] = ['Deliver orders', 'Orders'];
const ORDER = 'order;amount\r\n1;20\r\n';

export async function play({ desktop, home, open, after }) {
  const shell = await startShell(desktop);
  after(() => shell.stop());
  const folder = home.at('orders');
  const inbox = home.at('orders', 'inbox');
  const { browser } = await open();
  await listen(browser);
  applyBundle(home, jobs(folder));

  await draw(browser);
  await watch(browser, inbox);
  // The window's own node tells: the rule is for this chain and this monitor only.
  applyBundle(home, { courier: 1, notification_rules: [{
    name: 'tell me', event_types: ['MonitorTriggered', 'ChainCompleted', 'ChainFailed'],
    channel: { type: 'desktop' },
  }] });

  // Written elsewhere and moved in, as a partner's program does.
  writeFileSync(join(folder, 'orders.csv'), ORDER);
  renameSync(join(folder, 'orders.csv'), join(inbox, 'orders.csv'));
  await shell.click(await shell.notice(`Monitor ${MONITOR} found files`, 30_000));
  await browser.$(`[data-monitor="${MONITOR}"]`).waitForDisplayed();

  // The run is looked at while it goes on.
  await goTo(browser, 'chains');
  await click(browser, `[data-chain-row="${CHAIN}"]`);
  await browser.$(chains.node('deliver')).waitForDisplayed();
  await click(browser, '[data-tab=runs]');
  await click(browser, '[data-chain-run]');
  await browser.$('#chain-run-state').waitForExist();
  await chains.record(browser);
  assert.equal(await chains.ended(browser), 'completed', await textOf(browser, 'main'));
  await until('every member is done', async () => Object.values(await chains.states(browser)).every((state) => state === 'completed'));
  const seen = await chains.recorded(browser);
  assert.ok(seen.includes('deliver running'), `the states were seen live: ${seen.join(', ')}`);
  assert.deepEqual(Object.keys(await chains.states(browser)).sort(), ['check', 'copy', 'deliver']);
  await inBothThemes(browser, 'triggers-completed');

  const done = await shell.notice(`Chain ${CHAIN} has completed`);
  assert.equal(done.urgency, 1);
  assert.equal(readFileSync(join(folder, 'out', 'orders.csv'), 'utf8'), ORDER);
  assert.equal(shell.notices.filter(({ summary }) => summary.startsWith('Monitor')).length, 1, 'one trigger for one file');

  await goTo(browser, 'dashboard');
  await shell.click(done);
  await until('the click leads to the run', () => browser.execute(() => /^#\/chains\/.*run=/.test(location.hash)));
  await complainsOfNothing(browser);
}

/** Three members; the last waits for both others. */
async function draw(browser) {
  await chains.newChain(browser, CHAIN);
  await chains.addMember(browser, 'Copy the order', 'copy');
  await chains.addMember(browser, 'Check the order', 'check');
  await chains.addMember(browser, 'Deliver the order', 'deliver');
  await browser.$(chains.node('deliver')).waitForDisplayed();
  for (const upstream of ['copy', 'check']) {
    await drag(browser, chains.way.out(upstream), chains.way.into('deliver'), { mark: '.valid' });
    await until(`deliver waits for ${upstream}`, async () => (await chains.edges(browser)).includes(`deliver runs after ${upstream}`));
  }
  assert.deepEqual(await chains.edges(browser), ['deliver runs after check', 'deliver runs after copy']);
  await until('nothing is wrong', async () => Number(await browser.$('#problems-count').getAttribute('data-errors')) === 0);
  await inBothThemes(browser, 'triggers-drawn');
  await chains.save(browser);
}

async function watch(browser, inbox) {
  await goTo(browser, 'monitors');
  await click(browser, '#new-monitor');
  await type(browser, '#monitor-name', MONITOR);
  await type(browser, '#monitor-path', inbox);
  await type(browser, '#monitor-include', '*.csv');
  await type(browser, '#monitor-interval', '2');
  await type(browser, '#monitor-stability', '1');
  await choose(browser, '#binding-0', CHAIN);
  await click(browser, '#save-monitor');
  await browser.$(`[data-monitor="${MONITOR}"] #monitor-state[data-state=active]`).waitForDisplayed();
}

/** Each member takes a moment, so that it can be seen at work. */
function jobs(folder) {
  const wait = { name: 'Wait', type_key: 'flow.wait', configuration: { seconds: 2 } };
  const copy = (from, to) => ({ name: 'Copy', type_key: 'file.copy', configuration: { source_path: from, destination_path: to } });
  return {
    courier: 1,
    jobs: [
      { name: 'Copy the order', steps: [wait, copy('{{ monitor.files[0].path }}', join(folder, 'work/'))] },
      { name: 'Check the order', steps: [wait, { name: 'Check', type_key: 'flow.if', configuration: { left: '{{ monitor.files[0].size }}', operator: 'greater_than', right: '0' } }, { name: 'Take note', type_key: 'context.set', configuration: { values: { checked: true } } }, { name: 'End', type_key: 'flow.end', configuration: {} }] },
      { name: 'Deliver the order', steps: [wait, copy(join(folder, 'work', 'orders.csv'), join(folder, 'out/'))] },
    ],
  };
}
