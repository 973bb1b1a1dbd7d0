/** Which jobs the list shows, in which order. */
import type { Sort } from '@/components/DataTable';
import type { JobRow } from '@/ipc';

export type StateFilter = 'any' | 'failed' | 'active' | 'paused' | 'completed' | 'never' | 'disabled';

export const STATE_FILTERS: readonly { value: StateFilter; label: string }[] = [
  { value: 'any', label: 'any' },
  { value: 'failed', label: 'failed' },
  { value: 'active', label: 'running or queued' },
  { value: 'paused', label: 'paused' },
  { value: 'completed', label: 'completed' },
  { value: 'never', label: 'not run yet' },
  { value: 'disabled', label: 'disabled' },
];

export function isShown(job: JobRow, text: string, state: StateFilter): boolean {
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

function rank(job: JobRow, column: string): string | number {
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
    case 'version':
      return job.current_version;
    default:
      return job.name;
  }
}

export function sortJobs(jobs: readonly JobRow[], { column, descending }: Sort): JobRow[] {
  const sign = descending ? -1 : 1;
  return [...jobs].sort((a, b) => {
    const [x, y] = [rank(a, column), rank(b, column)];
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true });
    return sign * order || a.name.localeCompare(b.name);
  });
}
