/** What needs a person, worst first: the vault, jobs whose last run failed, keys that expire. */
import { PRESENTATIONS, type AppStatus, type JobRow, type PgpKeyRow } from '@/ipc';
import { count, day, left } from '@/lib/format';

export type Item =
  | { kind: 'vault'; title: string; note: string; detail: string }
  | { kind: 'job'; job: JobRow; code: NonNullable<JobRow['last']>['error_code']; title: string; note: string; detail: string; at: string | null }
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

export function attentionOf(status: AppStatus, jobs: readonly JobRow[], keys: readonly PgpKeyRow[]): Item[] {
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
  return items;
}
