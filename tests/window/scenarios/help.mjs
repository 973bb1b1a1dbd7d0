// Help where one is: F1 in the builder and elsewhere, the button beside a field, the search, the pages of areas; and what
// this Courier is, with the libraries of its cryptography, as the command says it too.
import assert from 'node:assert/strict';
import { complainsOfNothing, inBothThemes, inSmallWindow, listen, textOf } from '../harness/eyes.mjs';
import { click, Key, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { answerOf } from '../peers/cli.mjs';
import { dragIn, isInOrder, newJob, select, write } from '../pages/builder.mjs';
import { goTo } from '../pages/frame.mjs';

export const name = 'Help is a key away, for each field too, and says what this Courier is made of';

const page = (of) => `[data-help-page="${of}"]`;
const marked = (browser) => browser.execute(() => {
  const line = document.querySelector('[data-marked]');
  const box = line?.getBoundingClientRect();
  return line && box.top >= 0 && box.bottom <= innerHeight ? (line.dataset.helpField ?? line.dataset.note) : null;
});

export async function play({ home, open }) {
  const { browser } = await open();
  await listen(browser);
  await newJob(browser);
  await dragIn(browser, 'sftp.download');
  await isInOrder(browser, 'sftp.download');
  await select(browser, 'sftp.download');
  await write(browser, 'remote_path', '/out/*.csv');

  // A field with the focus is where its page opens, and the draft is there afterwards.
  await browser.keys(Key.F1);
  await browser.$(page('sftp.download')).waitForDisplayed();
  await until('the field is marked and in view', async () => (await marked(browser)) === 'remote_path');
  await inBothThemes(browser, 'help-step-field');
  await browser.back();
  await browser.$('[data-canvas] [data-type="sftp.download"]').waitForDisplayed();
  await select(browser, 'sftp.download');
  assert.match(await textOf(browser, '[data-builder]'), /sftp\.download/);

  // The button beside a field explains it, and leads to its place.
  await click(browser, '[data-inspector] [data-about="If nothing matches"]');
  await browser.$('[data-explained="If nothing matches"]').waitForDisplayed();
  await until('it says what holds at first', async () => /At first\s+Fail/.test(await textOf(browser, '[data-explained]')));
  await inBothThemes(browser, 'help-field');
  await click(browser, '[data-explained] [data-to-help]');
  await browser.$(page('sftp.download')).waitForDisplayed();
  await until('the field is marked and in view', async () => (await marked(browser)) === 'on_no_files');
  assert.ok((await browser.$$('[data-failure]').getElements()).length > 5, 'it says what it fails with');

  await type(browser, '#help-search', 'fingerprint');
  await until('the contents are narrowed', async () => (await browser.$$('[data-help-area]').getElements()).length < 5);
  await inBothThemes(browser, 'help-search');
  await click(browser, '[data-help-area=connections]');
  await browser.$(page('connections')).waitForDisplayed();
  await inSmallWindow(browser, 'help-area');
  await inBothThemes(browser, 'help-area');

  // In a form F1 explains the field; nothing that was typed is lost.
  await goTo(browser, 'connections');
  await click(browser, '#new-connection');
  await type(browser, '#connection-name', 'partner');
  await click(browser, '#connection-host');
  await browser.keys(Key.F1);
  await browser.$('[data-explained=Host]').waitForDisplayed();
  await until('it gives an example', async () => /sftp\.example\.org/.test(await textOf(browser, '[data-explained]')));
  await inBothThemes(browser, 'help-form-field');
  assert.equal(await browser.$('#connection-name').getValue(), 'partner');
  await browser.keys(Key.Escape);
  await browser.$('[data-explained=Host]').waitForExist({ reverse: true });

  await goTo(browser, 'monitors');
  await browser.$('[data-empty]').waitForDisplayed();
  await browser.keys(Key.F1);
  await browser.$(page('monitors')).waitForDisplayed();

  await goTo(browser, 'settings');
  await browser.$('#about-fips').waitForExist();
  const said = answerOf(home, 'version');
  const shown = await textOf(browser, '#about-versions');
  assert.ok(shown.includes(said.target), shown);
  assert.ok(shown.includes(`tables of version ${said.database.schema_version}`), shown);
  for (const use of said.cryptography) {
    for (const { name: library, version } of use.libraries) assert.ok(shown.includes(`${library} ${version}`), `${library} ${version} in ${shown}`);
  }
  assert.match(shown, /SQLite \d+\.\d+/);
  assert.match(shown, /Tauri \d+\.\d+.*WebKitGTK \d+\.\d+/);
  assert.match(shown, /does not run in FIPS mode/);
  await browser.execute(() => document.querySelector('#about').scrollIntoView());
  await inBothThemes(browser, 'about');
  await inSmallWindow(browser, 'about', '#about-fips');
  await complainsOfNothing(browser);
}
