// What is in an archive is seen before it is unpacked: from the step that names it, also where its list is encrypted.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { complainsOfNothing, isAccessible, listen, picture, settle, textOf } from '../harness/eyes.mjs';
import { click, type } from '../harness/hands.mjs';
import { until } from '../harness/wait.mjs';
import { dragIn, newJob, select, write } from '../pages/builder.mjs';

export const name = "An archive's content is seen before it is unpacked";

export async function play({ home, open }) {
  const folder = home.at('archives');
  const at = (file) => join(folder, file);
  writeFileSync(at('invoice.csv'), 'a;b;c\n'.repeat(2000));
  writeFileSync(at('report.pdf'), 'Not an archive.\n');
  execFileSync('zip', ['-q', at('invoices.zip'), 'invoice.csv'], { cwd: folder });
  execFileSync('7z', ['a', '-y', '-psecret', '-mhe=on', at('sealed.7z'), at('invoice.csv')], { stdio: 'ignore' });
  const { browser } = await open();
  await listen(browser);
  await newJob(browser);
  await dragIn(browser, 'file.unzip');
  await select(browser, 'file.unzip');

  for (const theme of ['dark', 'light']) {
    await browser.execute((wanted) => document.documentElement.setAttribute('data-theme', wanted), theme);
    await look(browser, at('invoices.zip'));
    await browser.$('[data-entry-row="invoice.csv"]').waitForDisplayed();
    assert.match(await textOf(browser, '#archive-preview'), /zip · 1 entry/);
    await settle(browser);
    await picture(browser, `archive-preview-${theme}`);
    await isAccessible(browser, `archive preview, ${theme}`);
    await close(browser);
  }

  await look(browser, at('report.pdf'));
  await until('it is no archive', async () => /is not an archive of a known kind/.test(await textOf(browser, '#archive-preview')));
  await close(browser);

  await look(browser, at('sealed.7z'));
  await browser.$('#archive-password').waitForDisplayed();
  await type(browser, '#archive-password', 'wrong');
  await click(browser, '//*[@id="archive-preview"]//button[normalize-space()="Open"]');
  await until('the password is wrong', async () => /does not open/.test(await textOf(browser, '#archive-preview')));
  await type(browser, '#archive-password', 'secret');
  await click(browser, '//*[@id="archive-preview"]//button[normalize-space()="Open"]');
  await browser.$('[data-entry-row="invoice.csv"]').waitForDisplayed();
  await settle(browser);
  await picture(browser, 'archive-preview-sealed');
  await complainsOfNothing(browser);
}

async function look(browser, path) {
  await write(browser, 'archive_path', path);
  await click(browser, '[data-look-inside]');
  await browser.$('#archive-preview').waitForDisplayed();
}

async function close(browser) {
  await click(browser, '//*[@id="archive-preview"]//button[normalize-space()="Close"]');
  await until('the preview closes', async () => !(await browser.$('#archive-preview').isExisting()));
}
