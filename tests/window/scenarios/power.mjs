// The computer stays awake while a job runs, and a schedule waits for mains power or an unmetered network where people
// want that; what is late by then goes by the schedule's rule.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, listen, textOf } from '../harness/eyes.mjs';
import { click } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf, applyBundle } from '../peers/cli.mjs';
import { startComputer } from '../peers/computer.mjs';
import { goTo, invoke } from '../pages/frame.mjs';

export const name = 'A running job keeps the computer awake, and schedules wait for mains power and an unmetered network';

const JOB = 'Tick';
const bundle = (every) => ({
  courier: 1,
  jobs: [{
    name: JOB,
    steps: [{ type_key: 'flow.wait', name: 'Wait', configuration: { seconds: 1 } }],
    schedules: [{ schedule_type: 'cron', cron_expression: '* * * * * ?', time_zone: 'Europe/Berlin', is_enabled: every, overlap_policy: 'skip' }],
  }],
});

export async function play({ desktop, home, open, after }) {
  const computer = await startComputer(desktop);
  after(() => computer.stop());
  const { browser } = await open();
  await listen(browser);
  applyBundle(home, bundle(false));
  const [job] = await invoke(browser, 'jobs_list', {});
  const kinds = () => computer.locks.map((lock) => lock.what).toSorted().join(' ');

  await invoke(browser, 'jobs_run', { id: job.id, parameters: {} });
  await until('the computer is kept awake', () => kinds() === 'idle sleep');
  assert.deepEqual(computer.locks.map(({ who, why, mode }) => `${who}: ${why} (${mode})`), Array(2).fill('Courier: Jobs are running (block)'));
  await until('it may sleep again', () => kinds() === '');

  await goTo(browser, 'settings');
  for (const key of ['wait_for_mains', 'wait_for_unmetered']) {
    await click(browser, `[data-setting="power.${key}"] [role=switch]`);
    await until('the setting is kept', () => answerOf(home, 'settings', 'get', `power.${key}`).value === 'true');
  }
  const line = () => textOf(browser, '#engine-line');
  const runs = () => answerOf(home, 'execution', 'list').length;
  for (const [how, words] of [[{ on_battery: true }, /for mains power/], [{ metered: true }, /for an unmetered network/]]) {
    computer.is(how);
    await until('the window says what schedules wait for', async () => words.test(await line()));
    const before = runs();
    applyBundle(home, bundle(true));
    const late = () => answerOf(home, 'schedule', 'list').some(({ next_fire_at: next }) => next && Date.parse(next) < Date.now() - 1_000);
    await until('its time has passed', late);
    assert.equal(runs(), before, 'nothing starts');
    if (how.on_battery) {
      await goTo(browser, 'dashboard');
      await inBothThemes(browser, 'power-waits');
    }
    computer.is({});
    await until('the window says that they wait no more', async () => !words.test(await line()));
    await until('what is late starts', () => runs() > before);
    applyBundle(home, bundle(false));
    await until('all is over', () => kinds() === '');
  }
  await complainsOfNothing(browser);
}
