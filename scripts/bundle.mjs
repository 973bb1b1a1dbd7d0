// npm run bundle [-- --check]: builds the release and the packages of this system, into target/release/bundle: deb, rpm
// and AppImage on Linux, an installer on Windows, an app and its image on macOS. `--check` then installs and uses them
// (Linux).
//
// Updater artifacts are made and signed where TAURI_SIGNING_PRIVATE_KEY and COURIER_UPDATER_PUBLIC_KEY are set.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { makeAppImage } from './bundle/appimage.mjs';
import { check } from './bundle/check.mjs';
import { linuxSettings } from './bundle/linux.mjs';
import { ask, main, quietly, root, show, Stop } from './command.mjs';
import { built, buildUi, setup } from './setup.mjs';

const KINDS = { linux: ['deb', 'rpm'], darwin: ['app', 'dmg'], win32: ['nsis', 'msi'] };
/** Says for Windows when a signature was made, so that it outlives its certificate. */
const TIMESTAMPS = 'http://timestamp.digicert.com';
/** What Tauri and this script sign by. A workflow hands on a secret that is not set as an empty text. */
const KEYS = [
  'APPLE_CERTIFICATE', 'APPLE_CERTIFICATE_PASSWORD', 'APPLE_ID', 'APPLE_PASSWORD', 'APPLE_SIGNING_IDENTITY', 'APPLE_TEAM_ID',
  'COURIER_UPDATER_PUBLIC_KEY', 'TAURI_SIGNING_PRIVATE_KEY', 'TAURI_SIGNING_PRIVATE_KEY_PASSWORD', 'WINDOWS_CERTIFICATE_THUMBPRINT',
];
const system = process.platform;

main(() => {
  const unknown = process.argv.slice(2).filter((argument) => argument !== '--check');
  if (unknown.length > 0) throw new Stop(`${unknown.join(', ')} is not understood. There is: --check`);
  const checks = process.argv.includes('--check');
  const kinds = KINDS[system];
  if (!kinds) throw new Stop(`There is no package of Courier for ${system}.`);
  if (checks && system !== 'linux') throw new Stop('The packages are checked on Linux only.');

  for (const name of KEYS) if (process.env[name] === '') delete process.env[name];

  setup('bundle');
  if (checks) setup('test');
  buildUi();
  console.log('Building the release (the first time takes half an hour)');
  const quiet = process.stderr.isTTY ? [] : ['--quiet'];
  if (!show('cargo', ['build', '--release', '--locked', ...quiet, '-p', 'courier-desktop', '-p', 'courier-cli'])) {
    throw new Stop('The release build failed; the compiler says why above.');
  }
  const programs = { desktop: built('courier-desktop', 'release'), courier: built('courier', 'release') };
  if (system === 'linux' && !quietly('strip', Object.values(programs))) throw new Stop('strip failed.');

  const release = join(programs.courier, '..');
  const packages = join(release, 'bundle');
  rmSync(packages, { recursive: true, force: true });
  const settings = join(release, 'bundle.conf.json');
  writeFileSync(settings, JSON.stringify({ ...updater(), bundle: bundle(release, programs) }, null, 2));
  const tauri = join(root, 'node_modules', '@tauri-apps', 'cli', 'tauri.js');
  if (!show(process.execPath, [tauri, 'bundle', '--ci', '--bundles', kinds.join(','), '--config', settings])) {
    throw new Stop('The packages could not be made; see above.');
  }
  const image = system === 'linux' ? makeAppImage(packages) : undefined;
  if (image && isSigned()) sign(tauri, image);

  const made = readdirSync(packages, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(deb|rpm|AppImage|dmg|exe|msi|gz|sig)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    // The folders that packages are made from lie beside them.
    .filter((path) => relative(packages, path).split(/[\\/]/).length === 2);
  for (const path of made) console.log(`${(statSync(path).size / 1e6).toFixed(1).padStart(7)} MB  ${path}`);
  if (checks) check(packages);
});

/** What is known only now, beside what tauri.conf.json says of the packages. */
function bundle(release, programs) {
  // Tauri packs a second program that carries the name of the target.
  const target = /^host: (.+)$/m.exec(ask('rustc', ['-vV']) ?? '')?.[1];
  if (!target) throw new Stop('rustc does not say for what it compiles.');
  const beside = join(release, 'beside');
  mkdirSync(beside, { recursive: true });
  copyFileSync(programs.courier, join(beside, `courier-${target}${system === 'win32' ? '.exe' : ''}`));
  const settings = { externalBin: [join(beside, 'courier')], createUpdaterArtifacts: isSigned() };
  const thumbprint = process.env.WINDOWS_CERTIFICATE_THUMBPRINT;
  if (thumbprint) {
    settings.windows = { certificateThumbprint: thumbprint, digestAlgorithm: 'sha256', timestampUrl: TIMESTAMPS };
  }
  return system === 'linux' ? { ...settings, ...linuxSettings(release, programs) } : settings;
}

function isSigned() {
  return Boolean(process.env.TAURI_SIGNING_PRIVATE_KEY && process.env.COURIER_UPDATER_PUBLIC_KEY);
}

function updater() {
  return isSigned() ? { plugins: { updater: { pubkey: process.env.COURIER_UPDATER_PUBLIC_KEY, endpoints: [] } } } : {};
}

/** The key and its password come from the environment. */
function sign(tauri, file) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (!quietly(process.execPath, [tauri, 'signer', 'sign', '--app-version', version, file])) throw new Stop(`${file} could not be signed.`);
}
