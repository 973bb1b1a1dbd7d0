// The record: every change has its entry with what was before and after; it is narrowed, verified and exported; a row
// that somebody changes behind Courier's back is found and shown. A record of a million entries opens at once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf, applyBundle } from '../peers/cli.mjs';
import { growRecord } from '../peers/record.mjs';
import { changeStore } from '../peers/store.mjs';
import { untilNewest } from '../pages/audit.mjs';
import { goTo, invoke } from '../pages/frame.mjs';

export const name = 'The record tells who did what, is verified and exported, and shows where it was touched';

const JOB = 'Fetch invoices';
const LONG = 'A connection to the partner whose name is so long that no list has room for all of it, and who changes it each year';
const ENTRIES = 1_000_000;
/** Milliseconds from the click to the first rows: of a debug build, beside whatever else runs. The bench has the goal. */
const OPENS = 1_000;

const job = (path, policy) => ({ courier: 1, jobs: [{ name: JOB, failure_policy: policy, steps: [{ name: 'Delete', alias: 'delete', type_key: 'file.delete', configuration: { path } }] }] });

export async function play({ home, open }) {
  applyBundle(home, job('/data/in/*.csv', { type: 'stop' }));
  applyBundle(home, job('/data/in/*.txt', { type: 'retry_step', max_retries: 5 }));
  applyBundle(home, { courier: 1, settings: { 'job.concurrency_limit': '7' }, tags: [{ name: 'partner-x', color: '#2563EB' }], connections: [{ name: LONG, protocol: 'sftp', host: '127.0.0.1', username: 'x', auth_method: 'password', password: { env: 'NOT_THERE' } }] }, { NOT_THERE: 'kept' });
  const { browser } = await open();
  await listen(browser);

  await goTo(browser, 'audit');
  await browser.$('[data-audit-row]').waitForDisplayed();
  await inBothThemes(browser, 'audit');
  await inSmallWindow(browser, 'audit');

  await narrow(browser);
  await change(browser);
  await verify(browser, home);
  await exported(browser, home);
  await touched(browser, home);
  await million(browser, home);
  await complainsOfNothing(browser);
}

const rows = (browser) => browser.execute(() => [...document.querySelectorAll('[data-audit-row]')].map((row) => row.innerText));

async function narrow(browser) {
  await choose(browser, '#kind-filter', 'Job');
  await until('only jobs are left', async () => (await rows(browser)).length === 2);
  await choose(browser, '#did-filter', 'Updated');
  await until('one change is left', async () => (await rows(browser)).length === 1);
  await type(browser, '#filter', 'planet');
  await browser.$('[data-nothing-found]').waitForDisplayed();
  await inBothThemes(browser, 'audit-nothing');
  await type(browser, '#filter', JOB);
  await until('it is found by its name', async () => (await rows(browser)).length === 1);
}

async function change(browser) {
  await click(browser, '[data-audit-row] time');
  await browser.$('[data-entry]').waitForDisplayed();
  const changes = await browser.execute(() => Object.fromEntries([...document.querySelectorAll('[data-change]')].map((one) => [one.dataset.change, one.innerText])));
  assert.match(changes['failure_policy.type'], /before\s+stop\s+after\s+retry_step/);
  assert.match(changes['steps.Delete.configuration.path'] ?? JSON.stringify(changes), /before\s+\/data\/in\/\*\.csv\s+after\s+\/data\/in\/\*\.txt/);
  await inBothThemes(browser, 'audit-entry');
  await inSmallWindow(browser, 'audit-entry');
  await click(browser, '#only-this');
  await until('all of the job is shown', async () => (await browser.$('[data-narrowed=About]').isExisting()) && (await rows(browser)).length === 2);
  await choose(browser, '#span-filter', 'between days');
  await browser.$('#from-filter').waitForDisplayed();
  await inBothThemes(browser, 'audit-days');
  await inSmallWindow(browser, 'audit-days');
  await choose(browser, '#span-filter', 'any time');
  await click(browser, '[data-entry] a');
  await until('its page opens', () => browser.execute(() => /^#\/jobs\//.test(location.hash)));
  await browser.back();
  await browser.$('[data-audit-row]').waitForDisplayed();
  assert.match(await browser.execute(() => location.hash), /about=/, 'the address keeps what was chosen');
}

async function verify(browser, home) {
  await click(browser, '#verify-chain');
  await browser.$('[data-report=whole]').waitForDisplayed();
  const { last_sequence: last } = answerOf(home, 'audit', 'verify');
  assert.match(await textOf(browser, '#verify-dialog'), new RegExp(`The chain is whole[\\s\\S]*${last} entries`));
  await inBothThemes(browser, 'audit-whole');
  await closeDialog(browser);
}

/** The system's dialog is outside the page; what it leads to is asked for as the page does it. */
async function exported(browser, home) {
  await click(browser, '#export-record');
  await browser.$('#export-record-dialog').waitForDisplayed();
  await inBothThemes(browser, 'audit-export');
  await closeDialog(browser);
  const path = join(home.folder, 'record.jsonl');
  const size = await invoke(browser, 'audit_export', { request: { path, format: 'json_lines', since: null, until: null }, transfer: 'x', channel: '__CHANNEL__:1' });
  const lines = readFileSync(path, 'utf8');
  assert.equal(Buffer.byteLength(lines), size);
  assert.equal(lines.trim().split('\n').length, answerOf(home, 'audit', 'list', '--limit', '10000').length);
  await assert.rejects(invoke(browser, 'audit_export', { request: { path, format: 'csv', since: null, until: null }, transfer: 'x', channel: '__CHANNEL__:1' }), /already_exists/);
}

async function touched(browser, home) {
  changeStore(home, "DROP TRIGGER audit_log_entries_refuse_update; UPDATE audit_log_entries SET performed_by = 'nobody' WHERE sequence = 2;");
  await click(browser, '#verify-chain');
  await browser.$('[data-report=broken]').waitForDisplayed();
  assert.match(await textOf(browser, '#verify-dialog'), /broken at entry 2[\s\S]*fields are not what was recorded/i);
  await inBothThemes(browser, 'audit-broken');
  await click(browser, '#show-broken');
  await browser.$('[data-entry="2"]').waitForDisplayed();
  await settle(browser);
  await inBothThemes(browser, 'audit-broken-entry');
}

/** What grows for years is there as soon as what is small. */
async function million(browser, home) {
  await goTo(browser, 'jobs');
  growRecord(home, ENTRIES);
  const took = await untilNewest(browser, ENTRIES);
  console.log(`     a record of ${ENTRIES.toLocaleString('en')} entries opened in ${took.toFixed(0)} ms`);
  assert.ok(took <= OPENS, `it opened in ${took.toFixed(0)} ms`);
  await click(browser, '#verify-chain');
  await browser.$('[data-report=broken]').waitForDisplayed({ timeout: 60_000 });
  await closeDialog(browser);
}

async function closeDialog(browser) {
  await browser.keys(Key.Escape);
  await until('the dialog closes', async () => !(await browser.$('[role=dialog]').isExisting()));
}
