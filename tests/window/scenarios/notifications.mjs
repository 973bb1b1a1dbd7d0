// A rule is made in the window and tested against a real mail server; a job that fails is told by it. What the server
// refuses for good is given up, stands in the outbox with the reason, and arrives when it is sent again.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, isAccessible, listen, settle, textOf } from '../harness/eyes.mjs';
import { click, type } from '../harness/hands.mjs';
import { freePort } from '../harness/processes.mjs';
import { until } from '../harness/wait.mjs';
import * as builder from '../pages/builder.mjs';
import { goTo } from '../pages/frame.mjs';
import { startMailbox } from '../peers/mailbox.mjs';

export const name = 'A failed job is told by e-mail; what was refused is sent again from the outbox';

const [JOB, RULE] = ['Fails on purpose', 'Tell operations'];

export async function play({ open, after }) {
  const mailbox = await startMailbox();
  after(mailbox.stop);
  const { browser } = await open();
  await listen(browser);

  await openNotifications(browser);
  await browser.$('[data-empty]').waitForDisplayed();
  await inBothThemes(browser, 'notifications-empty');
  await click(browser, '#new-rule');
  await click(browser, '#rule-channel-email');
  await click(browser, '#save-rule');
  await until('the host says what is wrong', async () => /Enter a name/.test(await textOf(browser, 'form')));
  await inBothThemes(browser, 'notification-rule-wrong');
  await type(browser, '#rule-name', RULE);
  await type(browser, '#rule-host', '127.0.0.1');
  await click(browser, '[data-segment=none]');
  await type(browser, '#rule-port', String(await freePort()));
  await type(browser, '#rule-from', 'courier@example.org');
  await type(browser, '#rule-to', 'ops@example.org');
  await click(browser, '#test-rule');
  await until('the test says that nobody is there', async () => /It was not taken[\s\S]*127\.0\.0\.1 did not take it/.test(await textOf(browser, '[data-trial=failed]')), 60_000);
  await inBothThemes(browser, 'notification-test-failed');
  await type(browser, '#rule-port', String(mailbox.port));
  await click(browser, '#test-rule');
  await browser.$('[data-trial=taken]').waitForDisplayed({ timeout: 60_000 });
  assert.equal(mailbox.mails.length, 1);
  assert.match(mailbox.mails[0].text, new RegExp(`Test of the notification rule ${RULE}`));

  await type(browser, '#rule-to', 'nobody@example.org');
  await click(browser, '#save-rule');
  await browser.$('#save-rule[disabled]').waitForExist();
  await settle(browser);
  await failOnce(browser);

  await until('the bell rings', async () => (await browser.$('#bell').getAttribute('data-unread')) === '1', 60_000);
  await click(browser, '#bell');
  const given = `[data-delivery-row="JobFailed ${JOB}"]`;
  await until('the log says that it was given up', async () => /Given up/.test(await textOf(browser, given)));
  assert.equal(await browser.$('#bell').getAttribute('data-unread'), '0', 'what is looked at is no news any more');
  await inBothThemes(browser, 'notifications-log');
  await click(browser, '[data-tab=outbox]');
  await click(browser, `${given} [role=gridcell]`);
  await until('the event is shown with its data', async () => /"error_code"/.test(await textOf(browser, '[data-delivery] pre')));
  assert.match(await textOf(browser, '[data-delivery]'), /no such user here/);
  await inBothThemes(browser, 'notifications-outbox');

  await click(browser, '[data-tab=rules]');
  await click(browser, `[data-rule-row="${RULE}"]`);
  await type(browser, '#rule-to', 'ops@example.org');
  await click(browser, '#save-rule');
  await browser.$('#save-rule[disabled]').waitForExist();
  await settle(browser);
  await inBothThemes(browser, 'notification-rule');
  await openNotifications(browser);
  await inBothThemes(browser, 'notification-rules');
  await click(browser, '[data-tab=outbox]');
  await click(browser, '#replay-all');
  await browser.$('#confirm-dialog').waitForDisplayed();
  await isAccessible(browser, 'the question before everything is sent again');
  await click(browser, '#confirm-action');
  await until('the mail arrives', () => mailbox.mails.length === 2, 60_000);
  assert.deepEqual(mailbox.mails[1].to, ['ops@example.org']);
  assert.match(mailbox.mails[1].text, new RegExp(`Job ${JOB} has failed`));
  await until('nothing is given up any more', () => browser.$('[data-empty]').isDisplayed(), 30_000);
  await click(browser, '[data-tab=log]');
  await until('the log says that it was sent', async () => /Sent/.test(await textOf(browser, given)), 30_000);
  await complainsOfNothing(browser);
}

async function openNotifications(browser) {
  await goTo(browser, 'settings');
  await click(browser, '#settings-notifications');
  await browser.$('[data-tab=rules]').waitForDisplayed();
}

/** A job of one step that fails, run to its end. */
async function failOnce(browser) {
  await builder.newJob(browser);
  await type(browser, '#job-name', JOB);
  await click(browser, '[data-palette="flow.fail"]');
  await builder.isInOrder(browser, 'flow.fail');
  await builder.select(browser, 'flow.fail');
  await builder.write(browser, 'message', 'Nothing is wrong, this is a test.');
  await until('nothing is wrong', async () => (await builder.errors(browser)) === 0);
  await builder.save(browser, 1);
  assert.equal((await builder.run(browser)).state, 'failed');
}
