// Starts a program of the test kit that says in its first line how to reach it, and ends with its standard input.
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { built } from '../../../scripts/setup.mjs';

/** Gives the line that it printed, and `stop`. */
export async function startExample(name, args) {
  execFileSync('cargo', ['build', '--release', '--locked', '--quiet', '-p', 'courier-testkit', '--example', name], { stdio: ['ignore', 'ignore', 'inherit'] });
  const running = spawn(built(`examples/${name}`, 'release'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise((resolve, reject) => {
    running.once('error', reject).once('exit', () => reject(new Error(`${name} ended`)));
    createInterface({ input: running.stdout }).once('line', resolve);
  });
  return { line, stop: () => running.stdin.end() };
}
