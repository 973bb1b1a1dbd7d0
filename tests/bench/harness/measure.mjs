// Runs programs in turn, A B A B, and says how they compare. Single figures of a shared machine mean little; ratios of
// runs made side by side do.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whoever takes longer is ended. */
const LIMIT_MS = Number(process.env.COURIER_BENCH_LIMIT_SEC ?? 300) * 1000;

/**
 * One run: seconds on the clock, CPU seconds and peak memory (MiB), children included. `null` where it did not end
 * within the limit.
 */
export function once({ program, args, env = {}, input }) {
  const report = join(tmpdir(), `bench-${process.pid}.time`);
  const limit = ['--kill-after=5', `${LIMIT_MS / 1000}`];
  const result = spawnSync('timeout', [...limit, '/usr/bin/time', '-o', report, '-f', '%e %U %S %M', program, ...args], {
    encoding: 'utf8', env: { ...process.env, ...env }, input, maxBuffer: 1 << 26,
  });
  if (result.error) throw result.error;
  if (result.status === 124 || result.status === 137) return null;
  if (result.status !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${result.status}:\n${result.stdout.slice(-2000)}${result.stderr.slice(-2000)}`);
  }
  const [seconds, user, system, kib] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  rmSync(report);
  return { seconds: Math.max(seconds, 0.01), cpu: user + system, peak: kib / 1024, printed: result.stdout };
}

/**
 * Each contender is { name, program, args, env, before, after }; the first is Courier. `before` prepares a run outside the
 * clock, `after` checks what it did and printed. Gives every contender with its runs; who does not end once is not run
 * again.
 */
export function inTurn(contenders, pairs) {
  const runs = new Map(contenders.map(({ name }) => [name, []]));
  for (let pair = 0; pair < pairs; pair++) {
    // Whoever goes first meets colder caches, so the order turns.
    const turn = pair % contenders.length;
    for (const contender of [...contenders.slice(turn), ...contenders.slice(0, turn)]) {
      if (runs.get(contender.name).includes(null)) continue;
      contender.before?.();
      const ended = once(contender);
      if (ended === null) {
        runs.get(contender.name).push(null);
        continue;
      }
      const { printed, ...run } = ended;
      contender.after?.(printed);
      runs.get(contender.name).push(run);
    }
  }
  return runs;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value that `share` of a hundred do not exceed. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * share) / 100) - 1)];
}

export const HEADER = [
  '| what | beside | Courier | peer | times as fast: median (min–max) | goal | CPU s, Courier / peer | peak MiB, Courier / peer |',
  '|---|---|---|---|---|---|---|---|',
];

/**
 * One row for each peer. `amount` is what was moved, in MiB unless `unit` says else. `goal` is the smallest ratio that is
 * good, for every peer or, as { peer: ratio }, for some.
 */
export function rows(what, runs, amount, goal, unit = 'MiB/s') {
  const [[, ours], ...peers] = runs;
  const of = (list, field) => median(list.map((run) => run[field]));
  const speed = (list) => `${Math.round(amount / of(list, 'seconds'))} ${unit}`;
  if (ours.includes(null)) return [`| ${what} | – | did not end within ${LIMIT_MS / 1000} s | – | – | missed | – | – |`];
  return peers.map(([name, theirs]) => {
    if (theirs.includes(null)) return `| ${what} | ${name} | ${speed(ours)} | did not end within ${LIMIT_MS / 1000} s | – | – | ${of(ours, 'cpu').toFixed(1)} / – | ${Math.round(of(ours, 'peak'))} / – |`;
    const ratios = theirs.map((run, index) => run.seconds / ours[index].seconds);
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    const wanted = typeof goal === 'object' ? goal[name] : goal;
    const mark = wanted === undefined ? '–' : `≥ ${wanted}: ${median(ratios) >= wanted ? 'met' : 'missed'}`;
    return `| ${what} | ${name} | ${speed(ours)} | ${speed(theirs)} | **${median(ratios).toFixed(2)}** (${spread}) | ${mark} | ${of(ours, 'cpu').toFixed(1)} / ${of(theirs, 'cpu').toFixed(1)} | ${Math.round(of(ours, 'peak'))} / ${Math.round(of(theirs, 'peak'))} |`;
  });
}
