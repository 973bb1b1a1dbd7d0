// Runs a second that do nothing but are recorded in full (their states, their steps, events, log and audit), beside a bare
// loop that writes the same rows in as many transactions, on SQLite and on PostgreSQL. Every commit of both is durable.
import { execFileSync } from 'node:child_process';
import { median } from './harness/measure.mjs';

const RUNS = Number(process.env.COURIER_BENCH_RUNS ?? 5000);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
/** Runs a second, on SQLite. */
const GOAL = 1000;
/** Times the bare loop, on both. */
const RATIO = 0.5;

export default async function bench() {
  const program = ['run', '--release', '--locked', '--quiet', '-p', 'courier-engine', '--example', 'queue_speed', '--'];
  const told = execFileSync('cargo', [...program, 'throughput', `${RUNS}`, `${PAIRS}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const found = told.trim().split('\n').map((line) => JSON.parse(line));
  return [
    '| database | runs a second: median (min–max) | goal | bare loop | times the bare loop: median (min–max) | goal |',
    '|---|---|---|---|---|---|',
    ...found.map(row),
    '',
    `${PAIRS} times ${RUNS.toLocaleString('en')} runs of each in turn, 64 at a time. The bare loop has one writer on SQLite, which takes no more, and 20 on PostgreSQL; it reads nothing, decides nothing and computes no hash.`,
  ];
}

function row({ database, courier, bare }) {
  const whole = (value) => Math.round(value).toLocaleString('en');
  const speed = median(courier);
  const ratios = courier.map((one, index) => one / bare[index]);
  const goal = database === 'SQLite' ? `≥ ${whole(GOAL)}: ${speed >= GOAL ? 'met' : 'missed'}` : '–';
  return `| ${database} | **${whole(speed)}** (${whole(Math.min(...courier))}–${whole(Math.max(...courier))}) | ${goal} | ${whole(median(bare))} `
    + `| **${median(ratios).toFixed(2)}** (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}) | ≥ ${RATIO}: ${median(ratios) >= RATIO ? 'met' : 'missed'} |`;
}
