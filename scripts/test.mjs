// npm test: everything, from formatting to the real window. Fails if any part fails; later parts still run, so that one
// run tells all.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { main, root, show, showAndKeep, Stop } from './command.mjs';
import { style } from './check.mjs';
import { built, buildUi, setup } from './setup.mjs';

main(async () => {
  setup('test');
  const failed = style();
  buildUi();
  // One build for all: tests of whole programs start what other packages build.
  const build = ['build', '--locked', '--quiet', '--workspace', '--all-targets'];
  if (!show('cargo', build)) throw new Stop('The build failed; the compiler says why above.');

  const why = [];
  const run = async (name, ...command) => {
    const { passed, said } = await showAndKeep(...command);
    if (passed) return;
    failed.push(name);
    why.push(...failures(said).map((line) => `${name}: ${line}`));
  };
  await run('Rust tests', 'cargo', ['nextest', 'run', '--locked', '--cargo-quiet', '--workspace', '--no-fail-fast',
    '--status-level', 'fail', '--final-status-level', 'fail', '--show-progress', 'none']);
  await run('UI tests', 'npm', ['-w', 'ui', 'test', '--silent']);
  if (existsSync(join(root, 'tests', 'window', 'package.json'))) {
    // A display, a session bus and a home of its own: the window must not meet the user's.
    await run('window tests', 'xvfb-run', ['-a', '-s', '-screen 0 1600x1000x24', 'dbus-run-session', '--',
      'npm', '-w', 'tests/window', 'test', '--silent'],
    { COURIER_DESKTOP: built('courier-desktop'), COURIER_CLI: built('courier'), GDK_BACKEND: 'x11' });
  }
  if (failed.length > 0) throw new Stop([...why, `Failed: ${failed.join(', ')}`].join('\n'));
});

/** The lines that name a failure and its error, each with the next, to be seen at the end of a long record. */
function failures(said) {
  const lines = stripVTControlCharacters(said).split('\n').map((line) => line.trimEnd());
  const telling = lines.flatMap((line, at) =>
    (/^\s*(FAIL|TIMEOUT|SIG[A-Z]+)\b|^\s*\w*Error:|panicked at/.test(line) ? lines.slice(at, at + 2) : []));
  return [...new Set(telling)].slice(0, 30);
}
