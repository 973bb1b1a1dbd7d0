// A calendar is made in the settings and skips weekends, a day and a yearly day; a schedule and a monitor's expected
// files rest by it, and while they do it cannot be deleted. The store holds what was entered.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen, settle, textOf } from '../harness/eyes.mjs';
import { choose, click, Key, type, undo } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf, applyBundle } from '../peers/cli.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'A calendar rests a schedule and a monitor on its days, and stays while they use it';

const [CALENDAR, JOB, MONITOR] = ['Partner X closed', 'Send orders', 'Delivery notes'];
const LONG = 'Public holidays of the Free and Hanseatic City of Hamburg, with the days between that the warehouse is shut';
const ROW = `[data-calendar="${CALENDAR}"]`;
const ZONE = 'Europe/Berlin';
/** The third workday from tomorrow: neither yearly nor at a weekend, and among the next five times. */
const CLOSED = workdays()[2];

export async function play({ home, open }) {
  applyBundle(home, {
    courier: 1,
    jobs: [{ name: JOB, steps: [{ name: 'Wait', type_key: 'flow.wait', configuration: { seconds: 0 } }] }],
    monitors: [{ name: MONITOR, watch_target: { type: 'local', path: home.at('notes') }, trigger_events: ['file_created'], file_patterns: ['*.csv'], polling_interval_sec: 60, bindings: [{ job_id: JOB }] }],
  });
  const { browser } = await open();
  await listen(browser);

  await make(browser);
  const times = await schedule(browser);
  assert.ok(times.every((at) => !/Sat|Sun/.test(weekday(at))), `no weekend: ${times.join(', ')}`);
  assert.ok(!times.some((at) => day(at) === CLOSED), `not on ${CLOSED}: ${times.join(', ')}`);
  await expect(browser);
  await stays(browser, home);
  await long(browser, home);
  await goesWhenUnused(browser, home);
  await complainsOfNothing(browser);
}

async function make(browser) {
  await goTo(browser, 'settings');
  await click(browser, '#new-calendar');
  await browser.$('#calendar-dialog').waitForDisplayed();
  await inBothThemes(browser, 'calendar-new');
  await click(browser, '#save-calendar');
  await until('the name is asked for', async () => /Enter a name/.test(await textOf(browser, '#calendar-dialog')));
  await type(browser, '#calendar-name', CALENDAR);
  for (const weekend of ['saturday', 'sunday']) await click(browser, `[data-weekday=${weekend}]`);
  await addDate(browser, CLOSED, 'Stocktaking');
  await click(browser, '#calendar-dialog [data-yearly]');
  await addDate(browser, '2026-12-25', 'Christmas Day');
  await until('both dates are listed', () => browser.execute(() => document.querySelectorAll('#calendar-dialog [data-date]').length === 2));
  await inBothThemes(browser, 'calendar-filled');
  await inSmallWindow(browser, 'calendar-filled');
  await click(browser, '#save-calendar');
  await browser.$(ROW).waitForDisplayed();
  await until('the dialog is gone', async () => !(await browser.$('#calendar-dialog').isExisting()));
  assert.match(await textOf(browser, ROW), /Sat and Sun, 2 dates[\s\S]*Not used yet/);
}

/** Dates are typed part by part, as the field shows them. */
async function addDate(browser, date, word) {
  await browser.execute((wanted) => {
    const field = document.querySelector('#calendar-date');
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, wanted);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, date);
  await type(browser, '#calendar-word', word);
  await click(browser, '#add-date');
}

/** Gives the next times that the schedule's dialog tells. */
async function schedule(browser) {
  await goTo(browser, 'jobs');
  await click(browser, `[data-job-row="${JOB}"]`);
  await browser.$('[data-builder]').waitForDisplayed();
  await click(browser, '#job-schedules');
  await click(browser, '#add-schedule');
  await browser.$('#schedule-dialog').waitForDisplayed();
  const times = () => browser.execute(() => [...document.querySelectorAll('#schedule-dialog [aria-label="Next times"] time')].map((time) => time.dateTime));
  await until('a day of the calendar is among the next times', async () => (await times()).some((at) => day(at) === CLOSED));
  await choose(browser, '#schedule-calendar', CALENDAR);
  await until('the calendar leaves its days out', async () => (await times()).length === 5 && !(await times()).some((at) => day(at) === CLOSED));
  const next = await times();
  await inBothThemes(browser, 'calendar-schedule');
  await inSmallWindow(browser, 'calendar-schedule');
  await click(browser, '#save-schedule');
  await browser.$('#starts-dialog [data-schedule]').waitForDisplayed();
  await until('the dialog is gone', async () => !(await browser.$('#schedule-dialog').isExisting()));
  await until('the list says by which calendar it rests', async () => new RegExp(`not on the days of ${CALENDAR}`).test(await textOf(browser, '#starts-dialog [data-schedule]')));
  await inBothThemes(browser, 'calendar-schedules');
  await browser.keys(Key.Escape);
  await until('the dialog closes', async () => !(await browser.$('#starts-dialog').isExisting()));
  return next;
}

async function expect(browser) {
  await goTo(browser, 'monitors');
  await click(browser, `[data-monitor-row="${MONITOR}"]`);
  await browser.$(`[data-monitor="${MONITOR}"]`).waitForDisplayed();
  await click(browser, '[data-tab=settings]');
  await click(browser, '[role=switch][aria-label^="Tell people when files"]');
  await type(browser, '#expected-count', '3');
  await type(browser, '#expected-pattern', 'DN_*.csv');
  await choose(browser, '#expected-calendar', CALENDAR);
  await browser.$('#expected-from-time').scrollIntoView({ block: 'center' });
  await inBothThemes(browser, 'monitor-expects');
  await inSmallWindow(browser, 'monitor-expects', '#expected-pattern');
  await click(browser, '#save-monitor');
  await click(browser, '[data-tab=files]');
  await until('the next deadline is told', async () => /0 of 3 by 09:00, due in \d/.test(await textOf(browser, '#expected-standing')));
  assert.match(await textOf(browser, '#expected-standing'), new RegExp(`Mon to Fri, except on the days of ${CALENDAR}`));
  await settle(browser);
  await inBothThemes(browser, 'monitor-expected');
  await inSmallWindow(browser, 'monitor-expected');
}

/** While it is used it says by whom and stays; the store holds what was entered. */
async function stays(browser, home) {
  await goTo(browser, 'settings');
  await until('it says who uses it', async () => new RegExp(`Used by ${MONITOR} and ${JOB}`).test(await textOf(browser, ROW)));
  const bin = `${ROW} [aria-label*="cannot be deleted"]`;
  assert.equal(await browser.$(bin).isEnabled(), false);
  await browser.$('#new-calendar').scrollIntoView({ block: 'center' });
  await inBothThemes(browser, 'calendars');
  assert.throws(() => answerOf(home, 'calendar', 'delete', CALENDAR), new RegExp(`used by[\\s\\S]*${JOB}`));

  const calendar = answerOf(home, 'calendar', 'show', CALENDAR);
  assert.deepEqual(calendar.weekdays, ['saturday', 'sunday']);
  assert.deepEqual(calendar.dates.map(({ date, name: word }) => [date, word]), [['12-25', 'Christmas Day'], [CLOSED, 'Stocktaking']]);
  const [fires] = answerOf(home, 'schedule', 'list');
  assert.equal(fires.calendar_id, calendar.id);
  assert.equal(fires.cron_expression, '0 30 6 * * ?');
  const { expected_files: clock } = answerOf(home, 'monitor', 'show', MONITOR);
  assert.deepEqual([clock.min_count, clock.by, clock.file_pattern, clock.calendar_id, clock.time_zone], [3, '09:00', 'DN_*.csv', calendar.id, ZONE]);
  assert.deepEqual(clock.weekdays, ['monday', 'tuesday', 'wednesday', 'thursday', 'friday']);
}

/** A name and a word that are longer than their place, and more dates than the dialog shows. */
async function long(browser, home) {
  applyBundle(home, { courier: 1, calendars: [{ name: LONG, weekdays: ['sunday'], dates: Array.from({ length: 28 }, (_, n) => ({ date: `2027-02-${String(n + 1).padStart(2, '0')}`, name: n === 0 ? LONG : `Day ${n + 1}` })) }] });
  await browser.$(`[data-calendar="${LONG}"]`).waitForDisplayed();
  await browser.$('#new-calendar').scrollIntoView({ block: 'center' });
  await inSmallWindow(browser, 'calendars', '#new-calendar');
  await click(browser, `[aria-label="Edit ${LONG}"]`);
  await browser.$('#calendar-dialog').waitForDisplayed();
  await inBothThemes(browser, 'calendar-long');
  await inSmallWindow(browser, 'calendar-long');
  await browser.keys(Key.Escape);
  await until('the dialog is gone', async () => !(await browser.$('#calendar-dialog').isExisting()));
}

async function goesWhenUnused(browser, home) {
  await click(browser, `[data-calendar="${LONG}"] [aria-label^="Delete"]`);
  await until('it is gone', async () => !(await browser.$(`[data-calendar="${LONG}"]`).isExisting()));
  await undo(browser);
  await browser.$(`[data-calendar="${LONG}"]`).waitForDisplayed();
  assert.deepEqual(answerOf(home, 'calendar', 'list').map(({ name: kept }) => kept), [CALENDAR, LONG]);
}

function day(at) {
  return new Date(at).toLocaleDateString('sv-SE', { timeZone: ZONE });
}

function weekday(at) {
  return new Date(at).toLocaleDateString('en-GB', { timeZone: ZONE, weekday: 'short' });
}

/** The next workdays that no yearly date of the scenario meets. */
function workdays() {
  const days = [];
  for (let at = Date.now() + 86_400_000; days.length < 3; at += 86_400_000) {
    if (!/Sat|Sun/.test(weekday(at)) && !day(at).endsWith('12-25')) days.push(day(at));
  }
  return days;
}
