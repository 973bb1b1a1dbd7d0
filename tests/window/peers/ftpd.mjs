// An FTPS server on loopback with a certificate that nobody vouches for.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { DESKTOP } from '../harness/session.mjs';

const PROGRAM = join(dirname(DESKTOP), 'examples', 'ftpd');

/** Serves `folder`: port, user, password, the certificate's thumbprint, the owner for files that shall be the user's. */
export async function startFtpd(folder) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing. Build it first: cargo build -p courier-testkit --example ftpd`);
  const running = spawn(PROGRAM, [folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => running.once('exit', resolve));
  const line = await new Promise((resolve, reject) => {
    running.once('error', reject).once('exit', (code) => reject(new Error(`The FTPS server ended with ${code}`)));
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
