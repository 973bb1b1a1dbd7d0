/** What needs a person, worst first: the vault, jobs whose last run failed, monitors in error or without the files they expect, keys that expire, schedules that were missed. */
import { missingWords } from '@/features/monitors/expected-words';
import { missedWords } from '@/features/schedules/words';
import { PRESENTATIONS, type AppStatus, type FileMonitor, type JobRow, type MissedRow, type MonitorRow, type PgpKeyRow } from '@/ipc';
import { count, day, left } from '@/lib/format';

export type Item =
  | { kind: 'vault'; title: string; note: string; detail: string }
  | { kind: 'job'; job: JobRow; code: NonNullable<JobRow['last']>['error_code']; title: string; note: string; detail: string; at: string | null }
  | { kind: 'monitor'; monitor: FileMonitor; title: string; note: string; detail: string; at: string | null }
  | { kind: 'expected'; monitor: FileMonitor; title: string; note: string; detail: string; at: string | null }
  | { kind: 'missed'; missed: MissedRow; title: string; note: string; detail: string; at: string | null }
  | { kind: 'key'; row: PgpKeyRow; title: string; note: string; detail: string; at: string | null };

/** Failed runs in a row up to the newest. */
function streak(job: JobRow): number {
  let failed = 0;
  for (const run of [...job.recent].reverse()) {
    if (run.state !== 'failed') break;
    failed += 1;
  }
  return failed;
}

/** Older ones are in the past for good. */
const MISSED_FOR = 7 * 86_400_000;

/** The newest of each schedule that was not put away. What is left out because a run goes on was wanted so. */
export function missedOf(missed: readonly MissedRow[], dismissed: ReadonlySet<string>, now = Date.now()): MissedRow[] {
  const recent = missed.filter((row) => row.reason !== 'overlap' && now - Date.parse(row.recorded_at) < MISSED_FOR);
  const newest = recent.filter((row, index) => recent.findIndex((other) => other.schedule_id === row.schedule_id) === index);
  return newest.filter((row) => !dismissed.has(row.id));
}

interface Told {
  status: AppStatus;
  jobs: readonly JobRow[];
  keys: readonly PgpKeyRow[];
  monitors: readonly MonitorRow[];
  missed: readonly MissedRow[];
}

export function attentionOf({ status, jobs, keys, monitors, missed }: Told): Item[] {
  const items: Item[] = [];
  if (status.vault.state === 'locked' || status.vault.state === 'unavailable') {
    items.push({
      kind: 'vault',
      title: status.vault.state === 'locked' ? 'The vault is locked' : 'The vault cannot be reached',
      note: status.engine.queued > 0 ? `${count(status.engine.queued, 'run')} waiting` : 'runs will wait',
      detail: status.vault.detail,
    });
  }
  const failed = jobs.filter((job) => job.is_enabled && job.last?.state === 'failed');
  failed.sort((a, b) => (b.last?.started_at ?? '').localeCompare(a.last?.started_at ?? ''));
  for (const job of failed) {
    const { last } = job;
    if (!last) continue;
    const times = streak(job);
    items.push({
      kind: 'job',
      job,
      code: last.error_code,
      title: `${job.name} failed${last.error_code ? `: ${PRESENTATIONS[last.error_code].short}` : ''}`,
      note: times > 1 ? `still failing, ${times} times` : '',
      detail: last.error_message ?? '',
      at: last.started_at,
    });
  }
  for (const { monitor } of monitors) {
    if (monitor.state !== 'error') continue;
    const failures = monitor.consecutive_failure_count;
    items.push({
      kind: 'monitor', monitor, title: `Monitor in error: ${monitor.name}`, note: failures > 1 ? `${failures} failures in a row` : '', detail: monitor.last_error ?? 'It no longer looks into its folder.',
      at: monitor.updated_at,
    });
  }
  for (const { monitor, expected } of monitors) {
    const check = expected?.last_check;
    if (!expected?.is_missing || !check) continue;
    items.push({
      kind: 'expected', monitor, title: `Expected files are missing: ${monitor.name}`, note: `${check.found_count} of ${check.expected_count}`, detail: missingWords(monitor, check), at: check.deadline_at,
    });
  }
  for (const row of keys) {
    if (row.key.status !== 'expiring') continue;
    const remaining = row.key.expires_at ? left(row.key.expires_at) : null;
    items.push({
      kind: 'key',
      row,
      title: `PGP key expires ${remaining ? `in ${remaining}` : 'now'}: ${row.key.name}`,
      note: row.uses > 0 ? `${count(row.uses, 'use')}` : '',
      detail: row.key.expires_at
        ? `Good until ${day(row.key.expires_at)}. After that nothing is signed with it or encrypted to it.`
        : 'After that nothing is signed with it or encrypted to it.',
      at: null,
    });
  }
  for (const row of missed) {
    const caughtUp = row.reason === 'misfire' && row.started > 0;
    items.push({
      kind: 'missed', missed: row, title: `${row.reason === 'refused' ? 'Schedule refused' : 'Schedule missed'}: ${row.name}`, note: caughtUp ? (row.started === 1 ? 'caught up once' : `caught up, ${count(row.started, 'run')}`) : '',
      detail: missedWords(row), at: row.last_at,
    });
  }
  return items;
}
