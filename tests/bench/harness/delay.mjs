// A path with a long round trip before a server on loopback, the same for every contender.
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { built } from '../../../scripts/setup.mjs';

/** Starts the test kit's proxy before `server`; gives the server as seen through it, with `stop` for the proxy alone. */
export async function delayed(server, roundTripMs) {
  execFileSync('cargo', ['build', '--release', '--locked', '--quiet', '-p', 'courier-testkit', '--example', 'delay'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const proxy = spawn(built('examples/delay', 'release'), [`${server.port}`, `${roundTripMs}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = await new Promise((resolve, reject) => {
    proxy.once('error', reject).once('exit', () => reject(new Error('the delay proxy ended')));
    createInterface({ input: proxy.stdout }).once('line', (line) => resolve(Number(line)));
  });
  return { ...server, port, stop: () => proxy.stdin.end() };
}
