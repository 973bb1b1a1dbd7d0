// Running other programs: quietly when nobody needs to see them, in full when they fail.
import { spawn as begin, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** A failure that a person can act on; its message is all that is printed. */
export class Stop extends Error {}

function spawn(program, args, options) {
  // On Windows npm is a script of the shell; npm itself says where its program is.
  if (program === 'npm' && process.platform === 'win32' && process.env.npm_execpath) {
    return spawn(process.execPath, [process.env.npm_execpath, ...args], options);
  }
  const result = spawnSync(program, args, { cwd: root, maxBuffer: 1 << 28, ...options });
  if (result.error?.code === 'ENOENT') throw new Stop(`${program} is not installed.`);
  if (result.error) throw result.error;
  return result;
}

/** Shows everything the program prints; tells whether it succeeded. */
export function show(program, args, env = {}) {
  return spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;
}

/** Shows everything the program prints, and returns whether it succeeded and what it printed on a pipe. */
export async function showAndKeep(program, args, env = {}) {
  // A person sees it as the program prints it for a terminal, and scrolls back.
  if (process.stdout.isTTY) return { passed: show(program, args, env), said: '' };
  const child = begin(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['inherit', 'pipe', 'pipe'] });
  let said = '';
  for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
    from.setEncoding('utf8');
    from.on('data', (text) => { said += text; to.write(text); });
  }
  const [status] = await once(child, 'close').catch((error) => {
    throw error.code === 'ENOENT' ? new Stop(`${program} is not installed.`) : error;
  });
  return { passed: status === 0, said };
}

/** Prints nothing unless the program fails, then all of it. */
export function quietly(program, args, env = {}) {
  const result = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  if (result.status === 0) return true;
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  return false;
}

/** What the program prints, or null if it fails or is missing. */
export function ask(program, args, folder = root) {
  const result = spawnSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return result.status === 0 ? result.stdout.trim() : null;
}

/** Runs the body of a script; a Stop becomes its message and status 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}
