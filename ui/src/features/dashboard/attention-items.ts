/** What needs a person, worst first: the vault, jobs whose last run failed, monitors in error or without the files they expect, keys that expire, schedules that were missed. */
import { missingWords } from '@/features/monitors/expected-words';
import { missedWords } from '@/features/schedules/words';
import { t } from '@/i18n';
import { PRESENTATIONS, type AppStatus, type FileMonitor, type JobRow, type MissedRow, type MonitorRow, type PgpKeyRow } from '@/ipc';
import { day, left } from '@/lib/format';

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
      title: status.vault.state === 'locked' ? t('The vault is locked') : t('The vault cannot be reached'),
      note: status.engine.queued > 0 ? t('{{count}} runs waiting', { count: status.engine.queued }) : t('runs will wait'),
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
      title: last.error_code ? t('{{name}} failed: {{short}}', { name: job.name, short: PRESENTATIONS[last.error_code].short }) : t('{{name}} failed', { name: job.name }),
      note: times > 1 ? t('still failing, {{count}} times', { count: times }) : '',
      detail: last.error_message ?? '',
      at: last.started_at,
    });
  }
  for (const { monitor } of monitors) {
    if (monitor.state !== 'error') continue;
    const failures = monitor.consecutive_failure_count;
    items.push({
      kind: 'monitor', monitor, title: t('Monitor in error: {{name}}', { name: monitor.name }), note: failures > 1 ? t('{{count}} failures in a row', { count: failures }) : '', detail: monitor.last_error ?? t('It no longer looks into its folder.'),
      at: monitor.updated_at,
    });
  }
  for (const { monitor, expected } of monitors) {
    const check = expected?.last_check;
    if (!expected?.is_missing || !check) continue;
    items.push({
      kind: 'expected', monitor, title: t('Expected files are missing: {{name}}', { name: monitor.name }), note: t('{{found}} of {{expected}}', { found: check.found_count, expected: check.expected_count }), detail: missingWords(monitor, check), at: check.deadline_at,
    });
  }
  for (const row of keys) {
    if (row.key.status !== 'expiring') continue;
    const remaining = row.key.expires_at ? left(row.key.expires_at) : null;
    items.push({
      kind: 'key',
      row,
      title: remaining ? t('PGP key expires in {{remaining}}: {{name}}', { remaining, name: row.key.name }) : t('PGP key expires now: {{name}}', { name: row.key.name }),
      note: row.uses > 0 ? t('{{count}} uses', { count: row.uses }) : '',
      detail: row.key.expires_at
        ? t('Good until {{day}}. After that nothing is signed with it or encrypted to it.', { day: day(row.key.expires_at) })
        : t('After that nothing is signed with it or encrypted to it.'),
      at: null,
    });
  }
  for (const row of missed) {
    const caughtUp = row.reason === 'misfire' && row.started > 0;
    items.push({
      kind: 'missed', missed: row, title: row.reason === 'refused' ? t('Schedule refused: {{name}}', { name: row.name }) : t('Schedule missed: {{name}}', { name: row.name }), note: caughtUp ? (t('caught up, {{count}} runs', { count: row.started })) : '',
      detail: missedWords(row), at: row.last_at,
    });
  }
  return items;
}
