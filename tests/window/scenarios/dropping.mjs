// Files are carried over the real window as a file manager does it: a path field takes them, elsewhere they become a
// monitor or a job that is opened unsaved. A folder is shown in the desktop's file manager.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { complainsOfNothing, inBothThemes, listen, textOf } from '../harness/eyes.mjs';
import { click } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { carryFiles } from '../harness/x11.mjs';
import { goTo, invoke } from '../pages/frame.mjs';
import { startShell } from '../peers/desktop.mjs';

export const name = 'Files that are dropped on the window fill a path, or become a monitor or a job';

export async function play({ desktop, home, open, after }) {
  const folder = home.at('drop here');
  const files = ['a.csv', 'b.csv'].map((file) => join(folder, file));
  for (const file of files) writeFileSync(file, 'x');
  const shell = await startShell(desktop);
  after(() => shell.stop());
  const { browser } = await open();
  await listen(browser);

  await goTo(browser, 'monitors');
  await click(browser, '#new-monitor');
  await browser.$('#monitor-path').waitForDisplayed();
  const one = await carry(desktop, after, files.slice(0, 1));
  const field = '[data-drop-field="Path"]';
  await hover(browser, one, await middleOf(browser, field), 'field');
  assert.equal(await browser.$(`${field}[data-drop-over]`).isExisting(), true, 'the field is marked');
  await inBothThemes(browser, 'drop-field');
  one.drop();
  await until('the field takes the folder', async () => (await browser.$('#monitor-path').getValue()) === folder);

  await click(browser, '#monitor-browse');
  await browser.$('#path-browser [data-entry="a.csv"]').waitForDisplayed();
  await click(browser, '#path-browser [data-reveal]');
  await until('the file manager shows the folder', () => shell.shown.length === 1);
  assert.equal(await browser.$('#path-browser [data-entry="a.csv"]').isEnabled(), false, 'a folder is chosen, not a file');
  await inBothThemes(browser, 'path-browser-reveal');
  await invoke(browser, 'local_reveal', { path: files[0] });
  await until('the file manager marks the file', () => shell.shown.length === 2);
  assert.deepEqual(shell.shown, [{ folders: [`${pathToFileURL(folder)}/`] }, { items: [String(pathToFileURL(files[0]))] }]);
  await assert.rejects(invoke(browser, 'local_reveal', { path: join(folder, 'gone.csv') }), /is not on this computer any more/);
  await click(browser, '#path-browser [aria-label="Close"]');
  await until('the browser closes', async () => !(await browser.$('#path-browser').isExisting()));

  await goTo(browser, 'jobs');
  const both = await carry(desktop, after, files);
  await hover(browser, both, { x: 700, y: 400 }, 'ask');
  await inBothThemes(browser, 'drop-over');
  both.drop();
  await browser.$('#drop-dialog [data-dropped]').waitForDisplayed();
  await until('the files are away from over the window', async () => !(await browser.$('[data-drop-overlay]').isExisting()));
  await inBothThemes(browser, 'drop-dialog');
  await click(browser, '#drop-watch');
  await until('it says what is watched', async () => /\*\.csv/.test(await textOf(browser, '#drop-dialog')));
  await inBothThemes(browser, 'drop-watch');
  await click(browser, '#drop-open');
  await until('the monitor is open', async () => (await browser.$('#monitor-path').isExisting()) && (await browser.$('#monitor-path').getValue()) === folder);
  await complainsOfNothing(browser);
}

async function carry(desktop, after, files) {
  const carried = await carryFiles(desktop.number, 'Courier', files);
  after(async () => carried.end());
  return carried;
}

/** Moves there until the page says what a drop does; the first moves only make the page ask for the files. */
async function hover(browser, carried, { x, y }, kind) {
  let turn = 0;
  await until(`the page says what a drop does (${kind})`, async () => {
    turn += 1;
    carried.over({ x: x + (turn % 2), y });
    return browser.$(`[data-drop-overlay=${kind}]`).isExisting();
  });
}

const middleOf = (browser, selector) =>
  browser.execute((wanted) => {
    const { left, top, width, height } = document.querySelector(wanted).getBoundingClientRect();
    return { x: Math.round(left + width / 2), y: Math.round(top + height / 2) };
  }, selector);
