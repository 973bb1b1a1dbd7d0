/** Counts the runs in memory as the host counts those in its store. */
import type { Activity, RunCounts } from '../bindings';
import type { Data } from './seed';

const HOUR = 3_600_000;
const HOURS = 7 * 24;

export function activityOf(data: Data, now = Date.now()): Activity {
  const made = data.executions.map((run) => ({ run, at: Date.parse(run.started_at ?? run.created_at) }));
  const count = (from: number, to: number): RunCounts => {
    const states = made.filter(({ at }) => at >= from && at < to).map(({ run }) => run.state);
    const of = (...wanted: string[]) => states.filter((state) => wanted.includes(state)).length;
    return { completed: of('completed'), failed: of('failed'), cancelled: of('cancelled'), unfinished: of('created', 'queued', 'running', 'paused') };
  };
  const end = Math.floor(now / HOUR) * HOUR + HOUR;
  const today = made.filter(({ at }) => at >= now - 24 * HOUR).map(({ run }) => run);
  const moved = data.jobs
    .map((job) => ({ job_id: job.id, job_name: job.name, bytes: today.filter((run) => run.job_id === job.id).reduce((sum, run) => sum + (run.bytes ?? 0), 0) }))
    .filter((job) => job.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  return {
    day: count(now - 24 * HOUR, end),
    files: today.reduce((sum, run) => sum + (run.files ?? 0), 0),
    bytes: moved.reduce((sum, job) => sum + job.bytes, 0),
    moved,
    hours: Array.from({ length: HOURS }, (_, index) => {
      const from = end - (HOURS - index) * HOUR;
      return { from: new Date(from).toISOString(), runs: count(from, from + HOUR) };
    }),
  };
}
