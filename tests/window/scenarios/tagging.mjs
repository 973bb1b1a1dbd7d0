// Tags are put on jobs together and taken back, and on a job, a chain, a monitor and a key where each is shown; the list
// of jobs is narrowed to those of one. The store holds what was chosen.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen, textOf } from '../harness/eyes.mjs';
import { choose, click, Key, type, undo } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf, applyBundle } from '../peers/cli.mjs';
import { goTo } from '../pages/frame.mjs';
import * as keys from '../pages/keys.mjs';

export const name = 'Tags are put on jobs together and one by one, on chains, monitors and keys, and narrow the list of jobs';

const [PARTNER, CLOSE, LONG] = ['Partner X', 'Month end', 'Everything that is sent before the books are closed'];
const [ORDERS, INVOICES, PRICES, CHAIN, MONITOR, KEY] = ['Send orders', 'Fetch invoices', 'Fetch prices', 'Evening', 'Delivery notes', 'Ops'];
const row = (job) => `[data-job-row="${job}"]`;

const job = (name, tags) => ({ name, tags, steps: [{ name: 'Wait', type_key: 'flow.wait', configuration: { seconds: 0 } }] });

export async function play({ home, open }) {
  const { browser } = await open();
  await listen(browser);
  applyBundle(home, {
    courier: 1,
    tags: [{ name: PARTNER, color: '#16A34A' }, { name: LONG, color: '#DC2626' }],
    jobs: [job(ORDERS, [PARTNER]), job(INVOICES, [PARTNER, LONG]), job(PRICES, [])],
    chains: [{ name: CHAIN, members: [{ name: 'one', job_id: ORDERS }] }],
    monitors: [{ name: MONITOR, watch_target: { type: 'local', path: home.at('notes') }, trigger_events: ['file_created'], file_patterns: ['*'], polling_interval_sec: 60, bindings: [{ job_id: ORDERS }] }],
  });
  const uses = (tag) => answerOf(home, 'tag', 'list').find((one) => one.name === tag)?.uses;
  const has = (tag, wanted) => until(`${tag} is on ${JSON.stringify(wanted)}`, async () => isDeepStrictEqual(uses(tag), wanted));

  await manyJobs(browser, uses, has);
  await narrowed(browser);
  await oneJob(browser, has);
  await chain(browser, has);
  await monitor(browser, has);
  await key(browser, has);
  await complainsOfNothing(browser);
}

/** Jobs that are selected get a tag that is new, then lose it again; and lose one that all of them have. */
async function manyJobs(browser, uses, has) {
  await goTo(browser, 'jobs');
  await until('the list shows the tags', async () => /Partner X/.test(await textOf(browser, row(ORDERS))));
  for (const name of [INVOICES, PRICES]) await click(browser, `[role=checkbox][aria-label="Select ${name}"]`);
  await click(browser, '#tag-jobs');
  await browser.$(`[data-tag-choice="${PARTNER}"]`).waitForDisplayed();
  await inBothThemes(browser, 'jobs-tag');
  await inSmallWindow(browser, 'jobs-tag');
  await browser.$('[cmdk-input]').addValue(CLOSE);
  await click(browser, '[data-tag-choice-new]');
  await has(CLOSE, { job: 2 });
  await until('the list shows it', async () => (await textOf(browser, row(PRICES))).includes(CLOSE));
  await undo(browser);
  await until('the tag is gone with it', async () => uses(CLOSE) === undefined);
  await until('the list no longer shows it', async () => !(await textOf(browser, row(PRICES))).includes(CLOSE));
  await browser.keys(Key.Escape);

  for (const name of [INVOICES, ORDERS]) await click(browser, `[role=checkbox][aria-label="Select ${name}"]`);
  await browser.keys('t');
  await until('both have it', async () => /on all/.test(await textOf(browser, `[data-tag-choice="${PARTNER}"]`)));
  await click(browser, `[data-tag-choice="${PARTNER}"]`);
  await has(PARTNER, {});
  await undo(browser);
  await has(PARTNER, { job: 2 });
  await browser.keys(Key.Escape);
  await inBothThemes(browser, 'jobs-tagged');
}

async function narrowed(browser) {
  await choose(browser, '#tag-filter', PARTNER);
  await until('only its jobs are there', async () => !(await browser.$(row(PRICES)).isExisting()));
  assert.match(await browser.execute(() => location.hash), /^#\/jobs\?tag=/);
  await inBothThemes(browser, 'jobs-of-tag');
  await choose(browser, '#tag-filter', 'any');
  await browser.$(row(PRICES)).waitForDisplayed();
}

/** In the settings of a job, at once; the job stays at its version. */
async function oneJob(browser, has) {
  await click(browser, row(ORDERS));
  await click(browser, '#job-settings');
  await browser.$('#settings-dialog').waitForDisplayed();
  await enter(browser, '#job-tags', CLOSE);
  await has(CLOSE, { job: 1 });
  await inBothThemes(browser, 'job-settings-tags');
  await click(browser, '#settings-done');
  await until('the head shows the first', async () => (await textOf(browser, '[data-builder] [data-tags]')).includes(CLOSE));
  assert.equal(await browser.$('#job-version').getAttribute('data-version'), '1');
  await inBothThemes(browser, 'builder-tags');
  await inSmallWindow(browser, 'builder-tags');
}

async function chain(browser, has) {
  await goTo(browser, 'chains');
  await click(browser, `[data-chain-row="${CHAIN}"]`);
  await click(browser, '#chain-tags');
  await enter(browser, '#chain-tag-names', CLOSE);
  await has(CLOSE, { job: 1, job_chain: 1 });
  await inBothThemes(browser, 'chain-tags');
  await browser.keys(Key.Escape);
  await until('the head shows it', async () => (await textOf(browser, '#chain-tags')).includes(CLOSE));
  await inSmallWindow(browser, 'chain-tags');
  await goTo(browser, 'chains');
  await until('the list shows it', async () => (await textOf(browser, `[data-chain-row="${CHAIN}"]`)).includes(CLOSE));
  await inBothThemes(browser, 'chains-tagged');
}

async function monitor(browser, has) {
  await goTo(browser, 'monitors');
  await click(browser, `[data-monitor-row="${MONITOR}"]`);
  await click(browser, '[data-tab=settings]');
  await enter(browser, '#monitor-tags', CLOSE);
  await enter(browser, '#monitor-tags', LONG);
  await inBothThemes(browser, 'monitor-tags');
  await click(browser, '#save-monitor');
  await has(CLOSE, { job: 1, job_chain: 1, file_monitor: 1 });
  await goTo(browser, 'monitors');
  await until('the list shows it', async () => /\+1/.test(await textOf(browser, `[data-monitor-row="${MONITOR}"]`)));
  await inBothThemes(browser, 'monitors-tagged');
}

async function key(browser, has) {
  await keys.generateSsh(browser, KEY);
  await enter(browser, '#key-tags', CLOSE);
  await has(CLOSE, { job: 1, job_chain: 1, ssh_key: 1, file_monitor: 1 });
  await inBothThemes(browser, 'key-tags');
  // Beside the panel the list has no room for them.
  await click(browser, '#keys-pgp');
  await click(browser, '#keys-ssh');
  await until('the list shows it', async () => (await textOf(browser, `[data-key-row="${KEY}"]`)).includes(CLOSE));
  await inBothThemes(browser, 'keys-tagged');
}

async function enter(browser, field, tag) {
  await type(browser, field, tag);
  await browser.keys(Key.Enter);
}
