// Recorded units of work a second, with 1, 5 and 20 writers, beside a bare loop that writes the same rows in as many
// transactions, on SQLite and on PostgreSQL. Every commit of both is durable.
import { execFileSync } from 'node:child_process';
import { median } from './harness/measure.mjs';

const SECONDS = Number(process.env.COURIER_BENCH_SECONDS ?? 2);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
/** Times the bare loop. */
const GOAL = 0.5;

export default async function bench() {
  const program = ['run', '--release', '--locked', '--quiet', '-p', 'courier-store', '--example', 'commit_speed', '--'];
  const told = execFileSync('cargo', [...program, `${SECONDS}`, `${PAIRS}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const found = told.trim().split('\n').map((line) => JSON.parse(line));
  return [
    '| database | writers | units of work a second: median (min–max) | bare loop | times the bare loop: median (min–max) | goal |',
    '|---|---|---|---|---|---|',
    ...found.map(row),
    '',
    `${PAIRS} runs of ${SECONDS} s of each in turn. A unit of work changes a row, with audit entry and event; the bare loop writes the same rows on a connection for each writer, reads nothing and computes no hash.`,
  ];
}

function row({ database, writers, courier, bare }) {
  const whole = (value) => Math.round(value).toLocaleString('en');
  const ratios = courier.map((speed, index) => speed / bare[index]);
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  return `| ${database} | ${writers} | **${whole(median(courier))}** (${whole(Math.min(...courier))}–${whole(Math.max(...courier))}) | ${whole(median(bare))} `
    + `| **${median(ratios).toFixed(2)}** (${spread}) | ≥ ${GOAL}: ${median(ratios) >= GOAL ? 'met' : 'missed'} |`;
}
