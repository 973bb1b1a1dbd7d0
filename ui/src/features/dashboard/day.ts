/** Counting the runs that the page has: the last 24 hours, and by the hour or day. */
import type { ExecutionRow } from '@/ipc';

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface DayOfRuns {
  runs: number;
  completed: number;
  failed: number;
  cancelled: number;
  files: number;
  bytes: number;
  /** The host has more of this day than the page asked for. */
  cut: boolean;
}

const startOf = (run: ExecutionRow): number => Date.parse(run.started_at ?? run.queued_at ?? '');

export function lastDay(newest: readonly ExecutionRow[], hasMore: boolean, now = Date.now()): DayOfRuns {
  const runs = newest.filter((run) => startOf(run) > now - DAY);
  const sum = (of: (run: ExecutionRow) => number | null) => runs.reduce((total, run) => total + (of(run) ?? 0), 0);
  const count = (state: ExecutionRow['state']) => runs.filter((run) => run.state === state).length;
  return {
    runs: runs.length,
    completed: count('completed'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    files: sum((run) => run.files),
    bytes: sum((run) => run.bytes),
    cut: hasMore && runs.length === newest.length,
  };
}

/** Bytes of each job in the last 24 hours, most first; jobs that moved nothing are left out. */
export function movedByJob(newest: readonly ExecutionRow[], now = Date.now()): { id: string; name: string; bytes: number }[] {
  const jobs = new Map<string, { id: string; name: string; bytes: number }>();
  for (const run of newest) {
    if (startOf(run) <= now - DAY || !run.bytes) continue;
    const job = jobs.get(run.job_id) ?? { id: run.job_id, name: run.job_name, bytes: 0 };
    job.bytes += run.bytes;
    jobs.set(run.job_id, job);
  }
  return [...jobs.values()].sort((a, b) => b.bytes - a.bytes);
}

export interface Bucket {
  from: number;
  good: number;
  failed: number;
}

/** The runs in equal pieces of time, oldest first; the last piece holds now. */
export function buckets(newest: readonly ExecutionRow[], pieces: number, length: number, now = Date.now()): Bucket[] {
  const end = Math.ceil(now / length) * length;
  const all: Bucket[] = Array.from({ length: pieces }, (_, index) => ({ from: end - (pieces - index) * length, good: 0, failed: 0 }));
  for (const run of newest) {
    const bucket = all[pieces - 1 - Math.floor((end - 1 - startOf(run)) / length)];
    if (!bucket) continue;
    if (run.state === 'failed') bucket.failed += 1;
    else bucket.good += 1;
  }
  return all;
}
