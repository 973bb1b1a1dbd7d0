// How late a thousand schedules fire: from the time that the schedule names until its run is queued, and until it runs.
import { execFileSync, spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { percentile } from './harness/measure.mjs';

const SCHEDULES = Number(process.env.COURIER_BENCH_SCHEDULES ?? 1000);
const SECONDS = Number(process.env.COURIER_BENCH_FIRES_SEC ?? 90);
/** Milliseconds that 99 of 100 fires are late at most. */
const GOAL = 50;

export default async function bench({ courier }) {
  const folder = mkdtempSync(join(tmpdir(), 'courier-bench-fires-'));
  try {
    const env = { ...process.env, COURIER_HOME: join(folder, 'home') };
    const bundle = join(folder, 'bundle.json');
    writeFileSync(bundle, JSON.stringify(workspace()));
    const run = (...args) => execFileSync(courier, args, { env, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] });
    run('apply', '-f', bundle);
    const ready = await serve(courier, env);
    const { queued, started } = lateness(run('audit', 'export'), ready);
    const row = (what, late, goal) => `| ${what} | ${late.length.toLocaleString('en')} | ${percentile(late, 50).toFixed(0)} | **${percentile(late, 99).toFixed(0)}** | ${Math.max(...late).toFixed(0)} | ${goal} |`;
    const p99 = percentile(queued, 99);
    return [
      '| late by, ms | fires | p50 | p99 | most | goal |', '|---|---|---|---|---|---|',
      row('the run is queued', queued, `p99 ≤ ${GOAL}: ${p99 <= GOAL ? 'met' : 'missed'}`),
      row('the run has begun', started, '–'),
      '', `${SCHEDULES.toLocaleString('en')} schedules, each once a minute, spread over its seconds; an agent over ${SECONDS} s.`,
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function workspace() {
  const schedule = (n) => ({ schedule_type: 'cron', cron_expression: `${n % 60} * * * * ?`, time_zone: 'UTC' });
  const jobs = Array.from({ length: SCHEDULES / 10 }, (_, job) => ({
    name: `job ${job}`,
    max_instances: 10,
    steps: [{ name: 'Set', type_key: 'context.set', configuration: { values: { done: true } } }],
    schedules: Array.from({ length: 10 }, (_, n) => schedule(job * 10 + n)),
  }));
  return { courier: 1, settings: { 'job.concurrency_limit': '64' }, jobs };
}

/** Gives the instant from which on it was there. */
async function serve(courier, env) {
  const agent = spawn(courier, ['agent'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    await event(agent.stderr, 'data');
    agent.stderr.resume();
    const ready = Date.now();
    await after(SECONDS * 1000);
    return ready;
  } finally {
    agent.kill();
    if (agent.exitCode === null && agent.signalCode === null) await event(agent, 'exit');
  }
}

/** From the record: entries of one unit of work stand together, with the instant of their commit. */
function lateness(exported, ready) {
  const entries = exported.trim().split('\n').map((line) => JSON.parse(line)).filter((entry) => entry.operation);
  const due = new Map();
  const [queued, started] = [[], []];
  let fire = null;
  for (const { entity_id: id, operation, details, performed_at: at } of entries) {
    if (operation === 'Fired') fire = Date.parse(details.fire_time);
    // What was due before anybody was there is no lateness of his.
    if (operation !== 'StateChanged' || (fire !== null && fire < ready)) continue;
    if (details.triggered_by === 'schedule') {
      due.set(id, fire);
      queued.push(Date.parse(at) - fire);
    } else if (details.to === 'running' && due.has(id)) {
      started.push(Date.parse(at) - due.get(id));
    }
  }
  return { queued, started };
}
