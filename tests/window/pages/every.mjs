// Every page, and how to come to it, once the sample has been tried.
import assert from 'node:assert/strict';
import { settle } from '../harness/eyes.mjs';
import { click, Key } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { run } from './builder.mjs';
import { goTo } from './frame.mjs';

/** How to come to each page, and what shows that it is there. */
const PAGES = [
  ['dashboard', (b) => goTo(b, 'dashboard'), '[aria-label=Activity]'],
  ['jobs', (b) => goTo(b, 'jobs'), '[data-job-row]'],
  ['builder', openBuilder, '[data-inspector] [data-field]'],
  ['builder-settings', async (b) => { await openBuilder(b); await click(b, '#job-settings'); }, '[role=dialog]'],
  ['builder-browse', openBrowser, '#path-browser [data-entry]'],
  ['chains', (b) => goTo(b, 'chains'), '#new-chain'],
  ['chain-new', async (b) => { await goTo(b, 'chains'); await click(b, '#new-chain'); }, '#chain-name'],
  ['builder-schedules', async (b) => { await openBuilder(b); await click(b, '#job-schedules'); }, '#starts-dialog [data-empty]'],
  ['executions', (b) => goTo(b, 'executions'), '[data-execution-row]'],
  ['execution', async (b) => { await goTo(b, 'executions'); await click(b, '[data-execution-row]'); }, '#log [data-log]'],
  ['monitors', (b) => goTo(b, 'monitors'), '[data-empty] #new-monitor'],
  ['monitor-new', async (b) => { await goTo(b, 'monitors'); await click(b, '#new-monitor'); }, '#monitor-name'],
  ['connections', (b) => goTo(b, 'connections'), '[data-connection]'],
  ['connection-browse', async (b) => { await goTo(b, 'connections'); await click(b, '[data-tab=browse]'); }, '[aria-label=Folder]'],
  ['connection-new', async (b) => { await goTo(b, 'connections'); await click(b, '#new-connection'); }, '#connection-name'],
  ['keys-pgp', async (b) => { await goTo(b, 'keys'); await click(b, '#keys-pgp'); await click(b, '[data-key-row]'); }, '[data-inspector]'],
  ['keys-ssh', async (b) => { await goTo(b, 'keys'); await click(b, '#keys-ssh'); await click(b, '[data-key-row]'); }, '[data-inspector]'],
  ['keys-generate', async (b) => { await goTo(b, 'keys'); await click(b, '#keys-pgp'); await click(b, '#generate-key'); }, '#generate-key-dialog'],
  ['keys-import', async (b) => { await goTo(b, 'keys'); await click(b, '#keys-pgp'); await click(b, '#import-key'); }, '#import-key-dialog'],
  ['files', async (b) => { await goTo(b, 'files'); await click(b, '[data-file-row]'); }, '[data-passport]'],
  ['audit', async (b) => { await goTo(b, 'audit'); await click(b, '[data-audit-row] time'); }, '[data-entry]'],
  ['tags', async (b) => { await goTo(b, 'settings'); await click(b, '#settings-tags'); }, '#new-tag'],
  ['keys-of-a-page', async (b) => { await goTo(b, 'jobs'); await b.keys('?'); }, '#keys-dialog'],
  ['palette', async (b) => { await goTo(b, 'jobs'); await b.keys([Key.Ctrl, 'k']); }, '#palette'],
  ['settings', (b) => goTo(b, 'settings'), '#theme-dark'],
  ['help', (b) => goTo(b, 'help'), '[data-help-page=home]'],
  ['help-step', async (b) => { await goTo(b, 'help'); await click(b, '[data-help-step="sftp.download"]'); }, '[data-help-field=remote_path]'],
  ['help-area', async (b) => { await goTo(b, 'help'); await click(b, '[data-help-area=connections]'); }, '[data-note="Host key"]'],
  ['notification-new', openNewRule, '#rule-host'],
  ['notification-rules', openNotifications, '[data-rule-row], [data-empty] #new-rule'],
  ['notification-log', async (b) => { await openNotifications(b); await click(b, '[data-tab=log]'); }, '#delivery-state'],
  ['notification-outbox', async (b) => { await openNotifications(b); await click(b, '[data-tab=outbox]'); }, '#outbox-dead'],
];

/** Makes the sample and runs it, so that no page is empty. */
export async function trySample(browser) {
  await click(browser, '#try-sample');
  await browser.$('[data-builder] [data-type]').waitForDisplayed({ timeout: 30_000 });
  assert.equal((await run(browser)).state, 'completed');
}

/** Opens each page in turn, lets `look` look at it by its name, and closes its dialogs. */
export async function onEveryPage(browser, look) {
  for (const [page, go, mark] of PAGES) {
    await go(browser);
    await browser.$(mark).waitForDisplayed({ timeoutMsg: `the page ${page} does not show ${mark}` });
    await settle(browser);
    await look(page);
    await closeDialogs(browser);
  }
}

async function openBuilder(browser) {
  await goTo(browser, 'jobs');
  await click(browser, '[data-job-row]');
  await click(browser, '[data-canvas] [data-type="pgp.decrypt"]');
}

async function openBrowser(browser) {
  await goTo(browser, 'jobs');
  await click(browser, '[data-job-row]');
  await click(browser, '[data-canvas] [data-type="sftp.download"]');
  await click(browser, '[data-browse=remote_path]');
}

async function openNotifications(browser) {
  await goTo(browser, 'settings');
  await click(browser, '#settings-notifications');
}

async function openNewRule(browser) {
  await openNotifications(browser);
  await click(browser, '#new-rule');
  await click(browser, '#rule-channel-email');
}

async function closeDialogs(browser) {
  const shown = () => browser.$('[role=dialog], #palette').isExisting();
  if (!(await shown())) return;
  await browser.keys(Key.Escape);
  await until('the dialog closes', async () => !(await shown()));
}
