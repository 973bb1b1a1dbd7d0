// Runs the scenarios one after the other, each in a new home: a line for each, and how many passed at the end.
//
//   node run.mjs [part of a scenario's file name …]
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startDesktop } from './harness/desktop.mjs';
import { picture, PICTURES } from './harness/eyes.mjs';
import { makeHome } from './harness/home.mjs';
import { DESKTOP, openApp } from './harness/session.mjs';
import { within } from './harness/wait.mjs';

const LIMIT = 300_000;
const folder = join(dirname(fileURLToPath(import.meta.url)), 'scenarios');
const wanted = process.argv.slice(2);
const files = readdirSync(folder).filter((file) => file.endsWith('.mjs') && (wanted.length === 0 || wanted.some((part) => file.includes(part))));
if (files.length === 0) throw new Error(`No scenario is called ${wanted.join(' or ')}.`);
if (!existsSync(DESKTOP)) throw new Error(`${DESKTOP} is missing. Build it first: cargo build -p courier-desktop`);
if (wanted.length === 0) rmSync(PICTURES, { recursive: true, force: true });

async function play(desktop, file) {
  const { name, play: scenario, limit = LIMIT } = await import(pathToFileURL(join(folder, file)).href);
  const home = makeHome();
  const endings = [];
  const after = (end) => endings.unshift(end);
  let session = null;
  const open = async (env = {}) => {
    session = await openApp(desktop, { ...home.env, ...env });
    after(session.close);
    return session;
  };
  const began = Date.now();
  let failure = null;
  try {
    await within(limit, 'The scenario', scenario({ desktop, home, open, after }));
  } catch (error) {
    failure = error;
    // What the window looked like says more than any message.
    if (session) await picture(session.browser, `failed-${file.replace('.mjs', '')}`).catch(() => {});
  }
  for (const end of endings) {
    try {
      await end();
    } catch (error) {
      failure ??= error;
    }
  }
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${failure ? 'FAIL' : 'ok  '} ${name} (${seconds} s)`);
  if (failure) {
    console.log(`${failure.stack}\n`);
    if (session) console.log(`What the window printed:\n${session.said().split('\n').slice(-40).join('\n')}\n`);
    console.log(`The end of Courier's log:\n${home.log()}\n`);
  }
  try {
    await home.remove();
  } catch (error) {
    failure ??= error;
    console.log(`FAIL ${name}: ${error.message}`);
  }
  return failure === null;
}

let passed = 0;
const desktop = await startDesktop();
try {
  for (const file of files) if (await play(desktop, file)) passed += 1;
} finally {
  await desktop.stop();
}
console.log(`${passed} passed, ${files.length - passed} failed`);
process.exit(passed === files.length ? 0 : 1);
