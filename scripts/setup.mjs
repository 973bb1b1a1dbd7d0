// Brings onto the machine what a purpose needs and is not there yet. Says nothing and takes a moment when all is there.
//
//   node scripts/setup.mjs build|start|test|bundle
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, quietly, root, Stop } from './command.mjs';
import { ensurePackages } from './packages.mjs';
import { ensureServers } from './servers.mjs';
import { ensureFormatter, ensureNextest, ensureRust, ensureTauriDriver } from './tools.mjs';

const NODE = [20, 19];
/** Stamps of what was done last live here and vanish with it. */
const stamps = join(root, 'node_modules', '.courier');

export function setup(purpose) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NODE[0] || (major === NODE[0] && minor < NODE[1])) {
    throw new Stop(`Courier needs Node ${NODE.join('.')} or newer (found: ${process.versions.node}).`);
  }
  ensureRust();
  ensurePackages({ build: ['build'], start: ['build', 'run'], test: ['build', 'run', 'test'], bundle: ['build', 'run', 'bundle'] }[purpose]);
  if (purpose === 'build' || purpose === 'test') {
    ensureFormatter();
    ensureNextest();
  }
  if (purpose === 'test') {
    ensureServers();
    ensureTauriDriver();
  }
  installNodePackages();
}

function installNodePackages() {
  const manifests = ['package.json', 'package-lock.json', 'ui/package.json', 'tests/window/package.json', '.npmrc'];
  const state = digest(manifests.map((name) => join(root, name)).filter(existsSync), (path) => readFileSync(path));
  if (isDone('npm', state)) return;
  console.log('Installing Node packages');
  if (!quietly('npm', ['ci', '--no-progress'])) throw new Stop('npm ci failed.');
  done('npm', state);
}

/** Builds the pages that the window shows, if they changed since the last time. */
export function buildUi() {
  const ui = join(root, 'ui');
  const inputs = [join(root, 'package-lock.json')];
  for (const name of readdirSync(ui)) {
    if (name === 'dist' || name === 'node_modules') continue;
    inputs.push(...filesBelow(join(ui, name)));
  }
  const state = digest(inputs, (path) => { const { size, mtimeMs } = statSync(path); return `${size} ${mtimeMs}`; });
  if (existsSync(join(ui, 'dist', 'index.html')) && isDone('ui', state)) return;
  if (!quietly('npm', ['-w', 'ui', 'run', 'build'])) throw new Stop('The pages could not be built.');
  done('ui', state);
}

/** Where cargo puts a program of this workspace. */
export function built(name, profile = 'debug') {
  const target = process.env.CARGO_TARGET_DIR || join(root, 'target');
  return join(target, profile, process.platform === 'win32' ? `${name}.exe` : name);
}

function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

function digest(paths, describe) {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0]);
  for (const path of paths) hash.update(`\0${path}\0`).update(describe(path));
  return hash.digest('hex');
}

function isDone(what, state) {
  const stamp = join(stamps, what);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === state;
}

function done(what, state) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, what), state);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const purpose = process.argv[2] ?? 'build';
  main(() => {
    if (!['build', 'start', 'test', 'bundle'].includes(purpose)) throw new Stop('Say what for: build, start, test or bundle.');
    setup(purpose);
  });
}
