// A peer of the test kit: a program that prints how to reach it as one line of JSON, and ends with its standard input.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { DESKTOP } from '../harness/session.mjs';

/** What the peer told, and `stop`. */
export async function startPeer(name, ...args) {
  const program = join(dirname(DESKTOP), 'examples', name);
  if (!existsSync(program)) throw new Error(`${program} is missing. Build it first: cargo build -p courier-testkit --example ${name}`);
  const running = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => running.once('exit', resolve));
  const line = await new Promise((resolve, reject) => {
    running.once('error', reject).once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
    createInterface({ input: running.stdout }).once('line', resolve);
  });
  return {
    ...JSON.parse(line),
    async stop() {
      running.stdin.end();
      await ended;
    },
  };
}
