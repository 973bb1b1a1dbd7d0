// The programs that the tests start. Each is ended by its own id, and whatever happens none outlives the run.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { until } from './wait.mjs';

const started = new Set();
process.on('exit', () => {
  for (const program of started) program.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

/** A program that goes on running; `said` is all that it printed so far. */
export function start(command, args, { env = process.env, stdio = ['ignore', 'pipe', 'pipe'] } = {}) {
  const child = spawn(command, args, { env, stdio });
  const program = {
    child,
    pid: child.pid,
    said: '',
    ended: null,
    kill: (signal) => child.exitCode === null && child.signalCode === null && child.kill(signal),
  };
  const hear = (stream) => stream?.setEncoding('utf8').on('data', (text) => { program.said += text; });
  child.stdio.slice(1).forEach(hear);
  program.ended = new Promise((resolve, reject) => {
    child.once('error', (error) => {
      started.delete(program);
      reject(new Error(`${command} cannot be started: ${error.message}`));
    });
    child.once('exit', (code, signal) => {
      started.delete(program);
      resolve({ code, signal });
    });
  });
  program.ended.catch(() => {});
  started.add(program);
  return program;
}

/** Asks a program to end, and kills it if it has not after 3 s. */
export async function stop(program) {
  program.kill('SIGTERM');
  const timer = setTimeout(() => program.kill('SIGKILL'), 3_000);
  await program.ended.catch(() => {});
  clearTimeout(timer);
}

/** Waits for a word in what the program prints. */
export async function says(program, word, limit = 20_000) {
  let over = null;
  program.ended.then((end) => { over = end; }, (error) => { over = error; });
  await until(`"${word}" is printed`, () => {
    if (program.said.includes(word)) return true;
    if (over instanceof Error) throw over;
    if (over) throw new Error(`The program ended with ${over.code ?? over.signal}:\n${program.said}`);
    return false;
  }, limit);
}

/** Runs a program to its end and returns what it printed. */
export function run(command, args, options = {}) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')} failed: ${error.stderr || error.message}`);
  }
}

export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}

/** What /proc knows of a process: its parent, its state; null when it is gone. */
function status(pid) {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

export function isAlive(pid) {
  const known = status(pid);
  return known !== null && known.state !== 'Z' && known.state !== 'X';
}

/** Everything that a process and its children have started; with `path`, only that program. */
export function descendants(ancestor, path = null) {
  const parents = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => [Number(pid), status(pid)?.parent]));
  const belongs = (pid) => {
    for (let up = parents.get(pid); up; up = parents.get(up)) if (up === ancestor) return true;
    return false;
  };
  return [...parents.keys()].filter((pid) => belongs(pid) && (path === null || command(pid) === path) && isAlive(pid));
}

/** Every process that was started with this variable in its environment. */
export function startedWith(name, value) {
  const environment = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    } catch {
      return [];
    }
  };
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).map(Number).filter((pid) => environment(pid).includes(`${name}=${value}`) && isAlive(pid));
}

/** A process in a few words, for messages. */
export const describe = (pid) => `${command(pid)} (${pid}, ${status(pid)?.state})`;

function command(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0];
  } catch {
    return null;
  }
}
