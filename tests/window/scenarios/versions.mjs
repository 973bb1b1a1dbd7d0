// The versions of a job: what changed since one and by one, step by step, and going back to one, from the builder and
// from the list of jobs.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen, textOf } from '../harness/eyes.mjs';
import { click, Key } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf, applyBundle } from '../peers/cli.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'The versions of a job show what changed, and one of them is restored';

const JOB = 'Sort what came in';
const fate = (alias) => `[data-compared="${alias}"]`;

export async function play({ home, open }) {
  const { browser } = await open();
  await listen(browser);
  const step = (name, type_key, configuration, more = {}) => ({ name, type_key, configuration, ...more });
  const copy = (to) => step('Copy', 'file.copy', { source_path: home.at('in/*.csv'), destination_path: home.at(to) });
  const wait = step('Wait', 'flow.wait', { seconds: 0 });
  const tidy = step('Tidy up', 'file.delete', { path: home.at('in/*.csv') });
  const apply = (steps, more = {}) => applyBundle(home, { courier: 1, jobs: [{ name: JOB, ...more, steps }] });
  apply([copy('out/'), wait, tidy]);
  apply([tidy, copy('sorted/'), step('Move', 'file.move', { source_path: home.at('a'), destination_path: home.at('b') })], { description: 'Every morning.' });

  await goTo(browser, 'jobs');
  await browser.$(`[data-job-row="${JOB}"]`).waitForDisplayed();
  await browser.$(`[data-job-row="${JOB}"]`).moveTo();
  await click(browser, `[data-more-job="${JOB}"]`);
  await until('the menu offers the versions', () =>
    browser.execute(() => {
      const item = [...document.querySelectorAll('[role=menuitem]')].find(({ textContent }) => textContent === 'Versions');
      item?.click();
      return item !== undefined;
    }));
  await until('it says what changed', async () =>
    (await textOf(browser, '#versions-words')) === 'Since version 1: 1 step added, 1 step removed, 1 step moved, 1 step changed and the job itself changed.');
  const fates = await browser.execute(() => Object.fromEntries([...document.querySelectorAll('[data-compared]')].map(({ dataset }) => [dataset.compared, dataset.fate + (dataset.moved ? ' moved' : '')])));
  assert.equal(fates.wait, 'removed');
  assert.equal(fates.move, 'added');
  assert.match(`${fates.copy} ${fates.tidy_up}`, /^(changed moved same|changed same moved)$/);
  assert.match(await textOf(browser, fate('copy')), /out\/[\s\S]*sorted\//);
  assert.match(await textOf(browser, '[data-changed-job]'), /Description[\s\S]*nothing[\s\S]*Every morning\./);
  await inBothThemes(browser, 'versions');
  await inSmallWindow(browser, 'versions');
  await browser.keys(Key.Escape);
  await until('the dialog is gone', async () => !(await browser.$('#versions-dialog').isExisting()));

  await click(browser, `[data-job-row="${JOB}"]`);
  await browser.$('[data-builder] #job-version[data-version="2"]').waitForDisplayed();
  await click(browser, '#job-version');
  await browser.$('#restore-version:not([disabled])').waitForDisplayed();
  await click(browser, '#restore-version');
  await browser.$('#job-version[data-version="3"]').waitForDisplayed();
  await until('the steps are those of the first version', () =>
    browser.execute(() => [...document.querySelectorAll('[data-canvas] [data-type]')].map(({ dataset }) => dataset.type).join(' ') === 'file.copy flow.wait file.delete'));
  const stored = answerOf(home, 'job', 'show', JOB);
  assert.equal((stored.job ?? stored).current_version, 3);

  await click(browser, '#job-version');
  await click(browser, '[data-version="1"][role=option]');
  await until('the first is like the current', async () => (await browser.$('#restore-version').getAttribute('title')) === 'It is like the current version');
  assert.equal(await textOf(browser, '#versions-words'), 'Since version 1 nothing changed.');
  // By keys to the one before, and what it changed.
  await browser.keys(Key.ArrowUp);
  await until('the second is chosen', () => browser.$('[data-version="2"][role=option][aria-selected=true]').isExisting());
  await inBothThemes(browser, 'versions-restored');
  await browser.keys(Key.Escape);
  await complainsOfNothing(browser);
}
