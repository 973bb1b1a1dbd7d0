// Programs that come by cargo. They are built once, into a cache outside the checkout.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ask, quietly, Stop } from './command.mjs';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'courier');
const tools = join(cache, 'tools');
process.env.PATH = `${join(tools, 'bin')}${delimiter}${process.env.PATH}`;

const RUST = [1, 95];

export function ensureRust() {
  const version = ask('rustc', ['--version']);
  const found = /^rustc (\d+)\.(\d+)/.exec(version ?? '')?.slice(1).map(Number);
  if (!found || found[0] < RUST[0] || (found[0] === RUST[0] && found[1] < RUST[1])) {
    throw new Stop(`Courier needs Rust ${RUST.join('.')} or newer (found: ${version ?? 'none'}). See https://rustup.rs`);
  }
}

export function ensureFormatter() {
  for (const [command, component] of [['fmt', 'rustfmt'], ['clippy', 'clippy']]) {
    if (ask('cargo', [command, '--version']) !== null) continue;
    if (ask('rustup', ['component', 'add', component]) === null) {
      throw new Stop(`cargo ${command} is missing. Install it, then try again:\n\n  rustup component add ${component}`);
    }
  }
}

export function ensureNextest() {
  // Any version that is already there will do.
  if (ask('cargo-nextest', ['--version']) !== null) return;
  install('cargo-nextest', '0.9.143', ['--no-default-features', '--features', 'default-no-update']);
}

/** The bridge between WebDriver and the window. */
export function ensureTauriDriver() {
  const version = '2.1.0';
  const receipt = join(tools, '.crates.toml');
  if (existsSync(receipt) && readFileSync(receipt, 'utf8').includes(`"tauri-driver ${version} `)) return;
  install('tauri-driver', version, []);
}

function install(name, version, features) {
  console.log(`Installing ${name} ${version} (once; a few minutes)`);
  const build = join(cache, 'tools-build');
  const args = ['install', '--quiet', '--locked', '--root', tools, '--version', version, ...features, name];
  // These programs wait for others most of the time; their own release settings would double the wait for them.
  const cheap = { CARGO_PROFILE_RELEASE_LTO: 'off', CARGO_PROFILE_RELEASE_OPT_LEVEL: '1', CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16' };
  const installed = quietly('cargo', args, { CARGO_TARGET_DIR: build, ...cheap });
  rmSync(build, { recursive: true, force: true });
  if (!installed) throw new Stop(`cargo could not install ${name} ${version}.`);
}
