/** The columns of the list of runs. */
import type { FittingColumn } from '@/components/fitting';
import { When } from '@/components/Text';
import { RunResult } from '@/features/jobs/RunResult';
import { t } from '@/i18n';
import type { ExecutionRow } from '@/ipc';
import { bytes, duration, elapsed, trigger } from '@/lib/format';
import { useNow } from '@/lib/useNow';

export const executionColumns: readonly FittingColumn<ExecutionRow>[] = [
  { id: 'job', header: t('Job'), width: 'minmax(160px, 1.3fr)', least: 160, rank: 0, cell: (run) => <span className="font-medium" title={run.job_name}>{run.job_name}</span> },
  { id: 'result', header: t('Result'), width: 'minmax(200px, 1.3fr)', least: 200, rank: 0, cell: (run) => <RunResult result={{ ...run, execution_id: run.id }} /> },
  { id: 'started', header: t('Started'), width: '104px', align: 'right', className: 'text-sm text-muted', least: 104, rank: 0, cell: (run) => <When at={run.started_at ?? run.queued_at} /> },
  { id: 'took', header: t('Took'), width: '96px', align: 'right', className: 'text-sm text-muted', least: 96, rank: 1, cell: (run) => <Took run={run} /> },
  { id: 'files', header: t('Files'), width: '88px', align: 'right', className: 'text-sm', least: 88, rank: 3, cell: (run) => (run.files === null ? '–' : t('{{count}} files', { count: run.files })) },
  { id: 'moved', header: t('Moved'), width: '84px', align: 'right', className: 'text-sm', least: 84, rank: 2, cell: (run) => bytes(run.bytes) },
  { id: 'by', header: t('Started by'), width: 'minmax(136px, 0.9fr)', className: 'text-sm text-muted', least: 136, rank: 4, cell: (run) => <span title={run.triggered_by}>{trigger(run.triggered_by)}</span> },
  { id: 'version', header: t('Ver.'), width: '52px', align: 'right', className: 'text-sm text-muted', least: 52, rank: 5, cell: (run) => `v${run.job_version_number}` },
  { id: 'id', header: t('Run'), width: '84px', className: 'text-faint', least: 84, rank: 6, cell: (run) => <span className="mono" title={run.id}>{run.id.slice(-8)}</span> },
];

function Took({ run }: { run: ExecutionRow }) {
  const running = run.state === 'running';
  const now = useNow(running);
  if (running) return <span className="text-run">{duration(elapsed(run.started_at, null, now))}</span>;
  return <>{run.completed_at ? duration(elapsed(run.started_at, run.completed_at)) : '–'}</>;
}
