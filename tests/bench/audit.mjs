// The audit log's verification, beside a bare loop that only reads the same rows, on SQLite and on PostgreSQL; and how
// long others wait while all of it is pruned.
import { execFileSync } from 'node:child_process';
import { median } from './harness/measure.mjs';

const ROWS = Number(process.env.COURIER_BENCH_ROWS ?? 1_000_000);
const PAIRS = Number(process.env.COURIER_BENCH_PAIRS ?? 5);
/** Rows a second. */
const GOAL = 200_000;
/** Milliseconds that a write may take while entries are pruned. */
const LONGEST = 50;

export default async function bench() {
  const program = ['run', '--release', '--locked', '--quiet', '-p', 'courier-store', '--example', 'audit_speed', '--'];
  const told = execFileSync('cargo', [...program, `${ROWS}`, `${PAIRS}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const found = told.trim().split('\n').map((line) => JSON.parse(line));
  return [
    '| database | verified, rows/s: median (min–max) | only read, rows/s | verified / only read | goal | written, rows/s | pruned, rows/s | longest write meanwhile, ms | goal |',
    '|---|---|---|---|---|---|---|---|---|',
    ...found.map(row),
    '',
    `${ROWS.toLocaleString('en')} entries, ${PAIRS} runs of each in turn. Verifying checks every hash, the chain, and a signed checkpoint for each thousand.`,
  ];
}

function row({ database, verified, read, filled_per_second, pruned_per_second, longest_write_while_pruning_ms }) {
  const whole = (value) => Math.round(value).toLocaleString('en');
  const speed = median(verified);
  const met = (good) => (good ? 'met' : 'missed');
  return `| ${database} | **${whole(speed)}** (${whole(Math.min(...verified))}–${whole(Math.max(...verified))}) | ${whole(median(read))} `
    + `| ${(speed / median(read)).toFixed(2)} | ≥ ${whole(GOAL)}: ${met(speed >= GOAL)} | ${whole(filled_per_second)} | ${whole(pruned_per_second)} `
    + `| ${longest_write_while_pruning_ms.toFixed(0)} | ≤ ${LONGEST}: ${met(longest_write_while_pruning_ms <= LONGEST)} |`;
}
