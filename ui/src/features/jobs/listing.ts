/** Which jobs the list shows, in which order. */
import type { Sort } from '@/components/DataTable';
import { t } from '@/i18n';
import type { JobRow, ScheduleRow, Tag } from '@/ipc';

export interface ListedJob extends JobRow {
  /** When one of its schedules fires next. */
  next: string | null;
}

export function withNextRun(jobs: readonly JobRow[], schedules: readonly ScheduleRow[]): ListedJob[] {
  const next = new Map<string, string>();
  for (const { job_id, next_fire_at } of schedules) {
    if (job_id === null || next_fire_at === null) continue;
    const known = next.get(job_id);
    if (known === undefined || next_fire_at < known) next.set(job_id, next_fire_at);
  }
  return jobs.map((job) => ({ ...job, next: job.is_enabled ? (next.get(job.id) ?? null) : null }));
}

export type StateFilter = 'any' | 'failed' | 'active' | 'paused' | 'completed' | 'never' | 'disabled';

export const STATE_FILTERS: readonly { value: StateFilter; label: string }[] = [
  { value: 'any', label: t('any') },
  { value: 'failed', label: t('failed') },
  { value: 'active', label: t('running or queued') },
  { value: 'paused', label: t('paused') },
  { value: 'completed', label: t('completed') },
  { value: 'never', label: t('not run yet') },
  { value: 'disabled', label: t('disabled') },
];

/** The tags that jobs carry, by name. */
export function tagsOf(jobs: readonly JobRow[]): Tag[] {
  const tags = new Map(jobs.flatMap((job) => job.tags.map((tag) => [tag.id, tag] as const)));
  return [...tags.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** `tag` is the id of one that the job must carry. */
export function isShown(job: JobRow, text: string, state: StateFilter, tag: string | null): boolean {
  if (tag !== null && !job.tags.some(({ id }) => id === tag)) return false;
  if (!job.name.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase())) return false;
  switch (state) {
    case 'any':
      return true;
    case 'failed':
    case 'paused':
    case 'completed':
      return job.last?.state === state;
    case 'active':
      return job.last?.state === 'running' || job.last?.state === 'queued';
    case 'never':
      return job.last === null;
    case 'disabled':
      return !job.is_enabled;
  }
}

const AFTER_ALL = '\uffff';

function rank(job: ListedJob, column: string): string | number {
  const { last } = job;
  switch (column) {
    case 'result':
      return last === null ? AFTER_ALL : `${last.state} ${last.error_code ?? ''}`;
    case 'when':
      return last?.started_at ?? '';
    case 'files':
      return last?.files ?? -1;
    case 'moved':
      return last?.bytes ?? -1;
    case 'took':
      return last?.started_at && last.completed_at ? Date.parse(last.completed_at) - Date.parse(last.started_at) : -1;
    case 'next':
      return job.next ?? AFTER_ALL;
    case 'version':
      return job.current_version;
    default:
      return job.name;
  }
}

export function sortJobs(jobs: readonly ListedJob[], { column, descending }: Sort): ListedJob[] {
  const sign = descending ? -1 : 1;
  return [...jobs].sort((a, b) => {
    const [x, y] = [rank(a, column), rank(b, column)];
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true });
    return sign * order || a.name.localeCompare(b.name);
  });
}
