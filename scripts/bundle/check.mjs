// Uses the packages as a person would: installs one over an older version, runs the command and the window from where they
// were put, removes it. The system is left as it was. Ends with how many parts passed.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, quietly, root, Stop } from '../command.mjs';
import { apt, becomeRoot, missingPackages } from '../packages.mjs';

const PACKAGE = 'courier';
/** In every package; folders differ only for zsh and for the licence. */
const FILES = [
  '/usr/bin/courier',
  '/usr/bin/courier-desktop',
  '/usr/share/applications/Courier.desktop',
  '/usr/share/bash-completion/completions/courier',
  '/usr/share/fish/vendor_completions.d/courier.fish',
  '/usr/share/icons/hicolor/128x128/apps/courier-desktop.png',
  '/usr/share/icons/hicolor/scalable/apps/courier-desktop.svg',
];
const IN_DEB = [...FILES, '/usr/share/doc/courier/copyright', '/usr/share/zsh/vendor-completions/_courier'];
const IN_RPM = [...FILES, '/usr/share/licenses/courier/LICENSE', '/usr/share/zsh/site-functions/_courier'];
/** The main ones, lest nothing be read from the programs any more. */
const DEB_NEEDS = ['libayatana-appindicator3-1', 'libgtk-3-0', 'libnettle8', 'libwebkit2gtk-4.1-0'];
const RPM_NEEDS = ['libgtk-3.so.0()(64bit)', 'libnettle.so.8()(64bit)', 'libwebkit2gtk-4.1.so.0()(64bit)'];

/** There is no address to write to, and no list of changes but the repository's. */
const ACCEPTED = 'malformed-contact,no-changelog';

export function check(packages) {
  const asRoot = becomeRoot();
  if (asRoot === null) throw new Stop('The packages are installed for the check: that needs root, or sudo without a password.');
  if (missingPackages([PACKAGE]).length === 0) throw new Stop('Courier is installed here as a package; the check would remove it.');
  const [deb, rpm, image] = ['deb', 'rpm', 'AppImage'].map((kind) => find(packages, kind));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const scratch = mkdtempSync(join(tmpdir(), 'courier-packages-'));
  const tally = { passed: 0, failed: 0 };
  const part = (name, body) => {
    try {
      body();
      tally.passed += 1;
      console.log(`ok   ${name}`);
    } catch (error) {
      tally.failed += 1;
      console.log(`FAIL ${name}: ${error.message}`);
    }
  };
  try {
    part('the deb holds every file', () => hasAll(debFiles(deb), IN_DEB));
    part('the rpm holds every file', () => hasAll(said('rpm', '-qlp', rpm).split('\n'), IN_RPM));
    part('the deb names what Courier needs', () => hasAll(said('dpkg-deb', '-f', deb, 'Depends').split(/[ ,]+/), DEB_NEEDS));
    part('the rpm names what Courier needs', () => hasAll(said('rpm', '-qp', '--requires', rpm).split('\n'), RPM_NEEDS));
    part('lintian has no error to tell', () => run('lintian', '--fail-on', 'error', '--suppress-tags', ACCEPTED, '--allow-root', deb));

    part('an older version gives way to this one', () => {
      const old = older(deb, scratch);
      install(asRoot, old.deb);
      assert.ok(existsSync(old.file), 'the older one is not there');
      install(asRoot, deb);
      assert.ok(!existsSync(old.file), `${old.file} is still there`);
      assert.equal(said('dpkg-query', '-W', '-f=${Version}', PACKAGE), version);
    });
    part('the desktop understands the entry', () => run('desktop-file-validate', '/usr/share/applications/Courier.desktop'));
    part('the command says its version', () => assert.equal(said('/usr/bin/courier', '--version'), `courier ${version}`));
    part('bash completes the command', () => {
      run('bash', '-c', '. /usr/share/bash-completion/completions/courier && complete -p courier');
    });
    part('the installed window runs the sample', () => plays('/usr/bin/courier-desktop'));
    part('nothing is left after the removal', () => {
      const files = said('dpkg-query', '-L', PACKAGE).split('\n').filter((path) => !statSync(path).isDirectory());
      hasAll(files, IN_DEB);
      assert.ok(apt(asRoot, 'purge', '--yes', PACKAGE), 'apt-get failed');
      assert.deepEqual(files.filter(existsSync), []);
    });
    part('the AppImage is the command, too', () => {
      // Without FUSE it unpacks itself for the length of a run.
      assert.equal(said('env', 'APPIMAGE_EXTRACT_AND_RUN=1', image, 'courier', '--version'), `courier ${version}`);
    });
    part('the window of the AppImage runs the sample', () => {
      // Unpacked for good: the part that unpacks for a run hands no signal on, and the test ends the window by one.
      run('env', '-C', scratch, image, '--appimage-extract');
      plays(join(scratch, 'squashfs-root', 'AppRun'));
    });
  } finally {
    if (missingPackages([PACKAGE]).length === 0) apt(asRoot, 'purge', '--yes', PACKAGE);
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  if (tally.failed > 0) throw new Stop('The packages are not in order.');
}

function find(packages, kind) {
  const folder = join(packages, kind.toLowerCase());
  const name = existsSync(folder) && readdirSync(folder).find((file) => file.endsWith(`.${kind}`));
  if (!name) throw new Stop(`There is no ${kind} in ${packages}.`);
  return join(folder, name);
}

function run(program, ...args) {
  assert.ok(quietly(program, args), `${program} failed`);
}

function said(program, ...args) {
  const text = ask(program, args);
  assert.ok(text !== null, `${program} ${args.join(' ')} failed`);
  return text;
}

function hasAll(found, wanted) {
  assert.deepEqual(wanted.filter((one) => !found.includes(one)), [], 'these are missing');
}

function debFiles(deb) {
  return said('dpkg-deb', '-c', deb).split('\n').map((line) => `/${line.split(/\s+/)[5].replace(/^\.?\//, '')}`);
}

function install(asRoot, deb) {
  assert.ok(apt(asRoot, 'install', '--yes', '--no-install-recommends', deb), `${deb} cannot be installed`);
}

/** The same package as version 0.0.1, with one file more. */
function older(deb, scratch) {
  const [tree, made] = [join(scratch, 'older'), join(scratch, 'older.deb')];
  run('dpkg-deb', '-R', deb, tree);
  const control = join(tree, 'DEBIAN', 'control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 0.0.1'));
  const extra = '/usr/share/doc/courier/older';
  writeFileSync(join(tree, extra), 'A file that the next version has no more.\n');
  run('dpkg-deb', '-Znone', '--root-owner-group', '-b', tree, made);
  return { deb: made, file: extra };
}

/** The window's own test of a first start, on a display and a bus of its own. */
function plays(desktop) {
  const args = ['-a', '-s', '-screen 0 1600x1000x24', 'dbus-run-session', '--', 'node', join(root, 'tests', 'window', 'run.mjs'), 'first-run'];
  assert.ok(quietly('xvfb-run', args, { COURIER_DESKTOP: desktop, GDK_BACKEND: 'x11' }), 'see above');
}
