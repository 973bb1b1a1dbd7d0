/** The columns of the list of jobs. */
import type { FittingColumn } from '@/components/fitting';
import { History } from '@/components/State';
import { When } from '@/components/Text';
import { NextStart, StartsWords } from '@/features/starts/NextStart';
import { tagsColumn } from '@/features/tags/tagsColumn';
import { t } from '@/i18n';
import { bytes, duration, elapsed } from '@/lib/format';
import { useNow } from '@/lib/useNow';
import type { ListedJob } from './listing';
import { DisabledLabel, RunResult } from './RunResult';

export const jobColumns: readonly FittingColumn<ListedJob>[] = [
  {
    id: 'name',
    header: t('Name'),
    width: 'minmax(160px, 1.4fr)',
    least: 180,
    rank: 0,
    sortable: true,
    cell: (job) => (
      <span className="font-medium" title={job.name}>
        {job.name}
      </span>
    ),
  },
  {
    id: 'result',
    header: t('Last result'),
    width: 'minmax(196px, 1.3fr)',
    least: 196,
    rank: 0,
    sortable: true,
    cell: (job) =>
      !job.is_enabled ? <DisabledLabel /> : job.last ? <RunResult result={job.last} /> : <span className="text-faint">{t('Not run yet')}</span>,
  },
  {
    id: 'when',
    header: t('When'),
    width: '104px',
    least: 104,
    rank: 0,
    align: 'right',
    sortable: true,
    className: 'text-sm text-muted',
    cell: (job) => <When at={job.last?.started_at} />,
  },
  { id: 'history', header: t('12 runs'), width: '92px', least: 92, rank: 5, cell: (job) => <History states={job.recent.map((run) => run.state)} /> },
  {
    id: 'files',
    header: t('Files'),
    width: '88px',
    least: 88,
    rank: 3,
    align: 'right',
    sortable: true,
    className: 'text-sm',
    cell: (job) => (job.last?.files == null ? '–' : t('{{count}} files', { count: job.last.files })),
  },
  { id: 'moved', header: t('Moved'), width: '80px', least: 80, rank: 2, align: 'right', sortable: true, className: 'text-sm', cell: (job) => bytes(job.last?.bytes) },
  { id: 'took', header: t('Took'), width: '92px', least: 92, rank: 7, align: 'right', sortable: true, className: 'text-sm text-muted', cell: (job) => <Took job={job} /> },
  { id: 'next', header: t('Next run'), width: '104px', least: 104, rank: 1, align: 'right', sortable: true, className: 'text-sm', cell: (job) => <NextStart owner={{ type: 'job', id: job.id }} at={job.next} /> },
  { id: 'starts', header: t('Starts by'), width: 'minmax(140px, 1fr)', least: 160, rank: 9, className: 'text-sm text-muted', cell: (job) => <StartsWords owner={{ type: 'job', id: job.id }} /> },
  tagsColumn(4),
  { id: 'steps', header: t('Steps'), width: '56px', least: 56, rank: 8, align: 'right', className: 'text-sm text-muted', cell: (job) => job.step_count },
  { id: 'version', header: t('Ver.'), width: '52px', least: 52, rank: 6, align: 'right', sortable: true, className: 'text-sm text-muted', cell: (job) => `v${job.current_version}` },
];

function Took({ job }: { job: ListedJob }) {
  const running = job.last?.state === 'running';
  const now = useNow(running);
  if (running) return <span className="text-run">{duration(elapsed(job.last?.started_at, null, now))}</span>;
  return <>{job.last?.completed_at ? duration(elapsed(job.last.started_at, job.last.completed_at)) : '–'}</>;
}
