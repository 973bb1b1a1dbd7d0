/** The columns of the list of runs. */
import type { Column } from '@/components/DataTable';
import { When } from '@/components/Text';
import { RunResult } from '@/features/jobs/RunResult';
import type { ExecutionRow } from '@/ipc';
import { bytes, count, duration, elapsed, trigger } from '@/lib/format';
import { useNow } from '@/lib/useNow';

export const executionColumns: readonly Column<ExecutionRow>[] = [
  { id: 'job', header: 'Job', width: 'minmax(160px, 1.3fr)', cell: (run) => <span className="font-medium" title={run.job_name}>{run.job_name}</span> },
  { id: 'result', header: 'Result', width: 'minmax(200px, 1.3fr)', cell: (run) => <RunResult result={{ ...run, execution_id: run.id }} /> },
  { id: 'started', header: 'Started', width: '104px', align: 'right', className: 'text-sm text-muted', cell: (run) => <When at={run.started_at ?? run.queued_at} /> },
  { id: 'took', header: 'Took', width: '96px', align: 'right', className: 'text-sm text-muted', cell: (run) => <Took run={run} /> },
  { id: 'files', header: 'Files', width: '88px', align: 'right', className: 'text-sm', cell: (run) => (run.files === null ? '–' : count(run.files, 'file')) },
  { id: 'moved', header: 'Moved', width: '84px', align: 'right', className: 'text-sm', cell: (run) => bytes(run.bytes) },
  { id: 'by', header: 'Started by', width: 'minmax(136px, 0.9fr)', className: 'text-sm text-muted', cell: (run) => <span title={run.triggered_by}>{trigger(run.triggered_by)}</span> },
  { id: 'version', header: 'Ver.', width: '52px', align: 'right', className: 'text-sm text-muted', cell: (run) => `v${run.job_version_number}` },
  { id: 'id', header: 'Run', width: '84px', className: 'text-faint', cell: (run) => <span className="mono" title={run.id}>{run.id.slice(-8)}</span> },
];

function Took({ run }: { run: ExecutionRow }) {
  const running = run.state === 'running';
  const now = useNow(running);
  if (running) return <span className="text-run">{duration(elapsed(run.started_at, null, now))}</span>;
  return <>{run.completed_at ? duration(elapsed(run.started_at, run.completed_at)) : '–'}</>;
}
