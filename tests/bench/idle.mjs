// What Courier takes when there is nothing to do: an agent with 50 monitors and 200 schedules, and how long the command
// takes to say its version.
import { execFileSync, spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { percentile } from './harness/measure.mjs';

const SECONDS = Number(process.env.COURIER_BENCH_IDLE_SEC ?? 60);
const STARTS = 50;
const [MONITORS, SCHEDULES] = [50, 200];
/** Per cent of one core. */
const CPU = 1;
const MILLISECONDS = 30;

export default async function bench({ courier }) {
  const folder = mkdtempSync(join(tmpdir(), 'courier-bench-idle-'));
  try {
    const env = { ...process.env, COURIER_HOME: join(folder, 'home') };
    const starts = Array.from({ length: STARTS }, () => timed(() => execFileSync(courier, ['--version'], { env })));
    const bundle = join(folder, 'bundle.json');
    writeFileSync(bundle, JSON.stringify(workspace(folder)));
    execFileSync(courier, ['apply', '-f', bundle], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    const { share, memory } = await idle(courier, env, join(folder, 'ready'));
    const p50 = percentile(starts, 50);
    return [
      '| what | measured | goal |', '|---|---|---|',
      `| agent with ${MONITORS} monitors and ${SCHEDULES} schedules, CPU over ${SECONDS} s | **${share.toFixed(2)} %** of a core, ${Math.round(memory)} MiB resident | ≤ ${CPU} %: ${share <= CPU ? 'met' : 'missed'} |`,
      `| \`courier --version\`, ${STARTS} times | **${p50.toFixed(1)} ms** (p95 ${percentile(starts, 95).toFixed(1)}) | ≤ ${MILLISECONDS} ms: ${p50 <= MILLISECONDS ? 'met' : 'missed'} |`,
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timed(work) {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

/** Schedules that do not fire meanwhile, and monitors of empty folders. */
function workspace(folder) {
  const schedule = (n) => ({ schedule_type: 'cron', cron_expression: `0 ${n % 60} ${n % 24} 1 1 ?`, time_zone: 'UTC' });
  const jobs = Array.from({ length: SCHEDULES / 10 }, (_, job) => ({
    name: `job ${job}`,
    steps: [{ name: 'Set', type_key: 'context.set', configuration: { values: { done: true } } }],
    schedules: Array.from({ length: 10 }, (_, n) => schedule(job * 10 + n)),
  }));
  const monitors = Array.from({ length: MONITORS }, (_, n) => {
    const path = join(folder, `inbox-${n}`);
    mkdirSync(path);
    return {
      name: `monitor ${n}`, watch_target: { type: 'local', path }, trigger_events: ['file_created'], file_patterns: ['*.csv'],
      polling_interval_sec: 60, bindings: [{ job_id: `job ${n % jobs.length}` }],
    };
  });
  return { courier: 1, jobs, monitors };
}

/** CPU share in per cent and resident MiB of an agent, from when it has begun. */
async function idle(courier, env, ready) {
  const agent = spawn(courier, ['agent', '--ready-file', ready], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    await event(agent.stderr, 'data');
    agent.stderr.resume();
    const before = ticks(agent.pid);
    await after(SECONDS * 1000);
    const perSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    const share = ((ticks(agent.pid) - before) / perSecond / SECONDS) * 100;
    const kib = Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))[1]);
    return { share, memory: kib / 1024 };
  } finally {
    agent.kill();
    if (agent.exitCode === null && agent.signalCode === null) await event(agent, 'exit');
  }
}

/** Of all its threads, in user and in system mode. */
function ticks(pid) {
  const [, fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13).map(Number);
  return user + system;
}
