/** The columns of the list of jobs. */
import type { Column } from '@/components/DataTable';
import { History } from '@/components/State';
import { When } from '@/components/Text';
import type { JobRow } from '@/ipc';
import { bytes, count, duration, elapsed } from '@/lib/format';
import { useNow } from '@/lib/useNow';
import { DisabledLabel, RunResult } from './RunResult';

export const jobColumns: readonly Column<JobRow>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(160px, 1.4fr)',
    sortable: true,
    cell: (job) => (
      <span className="font-medium" title={job.name}>
        {job.name}
      </span>
    ),
  },
  {
    id: 'result',
    header: 'Last result',
    width: 'minmax(196px, 1.3fr)',
    sortable: true,
    cell: (job) =>
      !job.is_enabled ? <DisabledLabel /> : job.last ? <RunResult result={job.last} /> : <span className="text-faint">Not run yet</span>,
  },
  {
    id: 'when',
    header: 'When',
    width: '104px',
    align: 'right',
    sortable: true,
    className: 'text-sm text-muted',
    cell: (job) => <When at={job.last?.started_at} />,
  },
  { id: 'history', header: '12 runs', width: '92px', cell: (job) => <History states={job.recent.map((run) => run.state)} /> },
  {
    id: 'files',
    header: 'Files',
    width: '88px',
    align: 'right',
    sortable: true,
    className: 'text-sm',
    cell: (job) => (job.last?.files == null ? '–' : count(job.last.files, 'file')),
  },
  { id: 'moved', header: 'Moved', width: '80px', align: 'right', sortable: true, className: 'text-sm', cell: (job) => bytes(job.last?.bytes) },
  { id: 'took', header: 'Took', width: '92px', align: 'right', sortable: true, className: 'text-sm text-muted', cell: (job) => <Took job={job} /> },
  { id: 'steps', header: 'Steps', width: '56px', align: 'right', className: 'text-sm text-muted', cell: (job) => job.step_count },
  { id: 'version', header: 'Ver.', width: '52px', align: 'right', sortable: true, className: 'text-sm text-muted', cell: (job) => `v${job.current_version}` },
];

function Took({ job }: { job: JobRow }) {
  const running = job.last?.state === 'running';
  const now = useNow(running);
  if (running) return <span className="text-run">{duration(elapsed(job.last?.started_at, null, now))}</span>;
  return <>{job.last?.completed_at ? duration(elapsed(job.last.started_at, job.last.completed_at)) : '–'}</>;
}
