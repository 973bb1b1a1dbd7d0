// A store with a year of history, 1,000,000 runs: how long lists, counts and claims take on SQLite and PostgreSQL, and what
// a writer feels while old runs are removed. COURIER_BENCH_RUNS makes another size; the data goes to the temporary folder
// (about 8 GB for each database) and is removed afterwards.
import { spawnSync } from 'node:child_process';
import { root, Stop } from '../../scripts/command.mjs';

export default async function bench() {
  const args = ['bench', '--locked', '--quiet', '-p', 'courier-store', '--bench', 'scale'];
  const { status, stdout } = spawnSync('cargo', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Stop('The store could not be filled and measured; the reason stands above.');
  return stdout.trim().split('\n');
}
