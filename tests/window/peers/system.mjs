// A program that stands for a part of the system on a bus of the tests: it tells what happens, and is told what to do.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '../harness/wait.mjs';

// Debian's own, which has the modules; another one may come first on the path.
const PYTHON = '/usr/bin/python3';
const here = dirname(fileURLToPath(import.meta.url));

/** Starts `file` on the bus of `desktop`; `hear` gets its news. `ended` says why it is not there any more. */
export async function startPart(desktop, file, hear) {
  const running = spawn(PYTHON, [join(here, file)], { env: { ...process.env, ...desktop.env, PYTHONDONTWRITEBYTECODE: '1' }, stdio: ['pipe', 'pipe', 'inherit'] });
  let over = null;
  const ended = new Promise((resolve) => {
    running.once('error', (error) => resolve(error.message)).once('exit', (code) => resolve(`it ended with ${code}`));
  }).then((why) => (over = why));
  let ready = false;
  createInterface({ input: running.stdout }).on('line', (line) => {
    const news = JSON.parse(line);
    if (news.ready) ready = true;
    else hear(news);
  });
  await until(`${file} is there`, () => {
    if (over) throw new Error(`${file} does not run: ${over}`);
    return ready;
  });
  return {
    ended,
    say: (what) => running.stdin.write(`${JSON.stringify(what)}\n`),
    async stop() {
      running.stdin.end();
      await ended;
    },
  };
}
