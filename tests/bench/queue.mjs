// From queued to running, on a node that has nothing else to do; and how long a claim takes when few and when many runs
// are queued. Every commit is durable.
import { execFileSync } from 'node:child_process';
import { percentile } from './harness/measure.mjs';

const SAMPLES = Number(process.env.COURIER_BENCH_SAMPLES ?? 300);
/** Milliseconds that 95 of 100 runs wait at most. */
const GOALS = { SQLite: 20, PostgreSQL: 50 };
/** Times as long, when a hundred times as many are queued. */
const GROWTH = 2;

export default async function bench() {
  const program = ['run', '--release', '--locked', '--quiet', '-p', 'courier-engine', '--example', 'queue_speed', '--'];
  const told = execFileSync('cargo', [...program, 'begin', `${SAMPLES}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const found = told.trim().split('\n').map((line) => JSON.parse(line));
  return [
    '| database | who queues the run | queued → running, ms: p50 | p95 | goal |', '|---|---|---|---|---|',
    ...found.flatMap(({ database, here, elsewhere }) => [
      begins(database, 'the process with the node', here, GOALS[database]), begins(database, 'another process', elsewhere, GOALS[database]),
    ]),
    '', '| database | queued | a claim of 64, ms: p50 | p95 | goal |', '|---|---|---|---|---|',
    ...found.flatMap(({ database, claims }) => claims.map(({ queued, milliseconds }, index) => {
      const goal = index === 0 ? null : percentile(claims[0].milliseconds, 50) * GROWTH;
      const median = percentile(milliseconds, 50);
      const met = goal === null ? '–' : `p50 ≤ ${goal.toFixed(1)}: ${median <= goal ? 'met' : 'missed'}`;
      return `| ${database} | ${queued.toLocaleString('en')} | **${median.toFixed(1)}** | ${percentile(milliseconds, 95).toFixed(1)} | ${met} |`;
    })),
    '', `${SAMPLES} runs one after another, each timed from before it is put into the queue until it is seen running.`,
  ];
}

function begins(database, who, took, goal) {
  const p95 = percentile(took, 95);
  return `| ${database} | ${who} | ${percentile(took, 50).toFixed(1)} | **${p95.toFixed(1)}** | ≤ ${goal}: ${p95 <= goal ? 'met' : 'missed'} |`;
}
