/** Runs that move, and those that just ended. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { SectionHead } from '@/components/Page';
import { Progress } from '@/components/Progress';
import { EXECUTION_STATES, StateLabel } from '@/components/State';
import { When } from '@/components/Text';
import { RunResult } from '@/features/jobs/RunResult';
import { t } from '@/i18n';
import { executionQuery, newest, useExecutionProgress, type ExecutionRow, type JobRow } from '@/ipc';
import { bytes, duration, elapsed, listed, rate, roughly } from '@/lib/format';

const line = 'grid h-8 items-center gap-3 border-t border-grid px-4 hover:bg-hover';

export function RunningNow({ jobs, slots }: { jobs: readonly JobRow[]; slots: number }) {
  const active = jobs.filter((job) => job.last?.state === 'running' || job.last?.state === 'queued' || job.last?.state === 'paused');
  if (active.length === 0) return null;
  const running = active.filter((job) => job.last?.state === 'running').length;
  return (
    <section aria-label={t('Running now')} className="pt-1">
      <SectionHead className="px-4" title={t('Running now')} count={t('{{running}} of {{slots}} slots', { running, slots })} />
      <ul>
        {active.map((job) => (
          <li key={job.id}>{job.last && <ActiveRun name={job.name} last={job.last} />}</li>
        ))}
      </ul>
    </section>
  );
}

function ActiveRun({ name, last }: { name: string; last: NonNullable<JobRow['last']> }) {
  const live = newest(useExecutionProgress(last.state === 'running' ? last.execution_id : null));
  const total = live?.total_bytes ?? null;
  const moved = live?.bytes_transferred ?? last.bytes;
  const share = total && moved !== null ? Math.min(1, moved / total) : last.progress;
  const speed = live?.transfer_rate_bytes_per_sec ?? null;
  const rest = total && moved !== null && speed ? ((total - moved) / speed) * 1000 : null;
  return (
    <Link to="/executions/$executionId" params={{ executionId: last.execution_id }} className={`${line} grid-cols-[140px_minmax(0,1fr)_104px_124px_76px_80px]`}>
      <span className="truncate font-medium" title={name}>
        {name}
      </span>
      {last.state === 'running' ? (
        <>
          {live?.current_file ? (
            <span className="mono truncate text-muted" title={live.current_file}>
              {live.current_file.slice(live.current_file.lastIndexOf('/') + 1)}
            </span>
          ) : (
            <span className="text-sm text-muted">{t('Working')}</span>
          )}
          <span className="flex items-center gap-2">
            <Progress share={share} label={t('Progress of {{name}}', { name })} className="flex-1" />
            <span className="num w-[34px] text-right text-sm">{share === null ? '' : `${Math.round(share * 100)} %`}</span>
          </span>
          <span className="num truncate text-right text-sm">{total ? t('{{size}} of {{total}}', { size: bytes(moved), total: bytes(total) }) : bytes(moved)}</span>
          <span className="num text-right text-sm text-muted">{speed ? rate(speed) : ''}</span>
          <span className="num text-right text-sm whitespace-nowrap">{rest === null ? '' : roughly(rest)}</span>
        </>
      ) : (
        <span className="col-span-5">
          {last.state === 'queued' ? <Queued id={last.execution_id} /> : <StateLabel look={EXECUTION_STATES[last.state]}>{t('Paused')}</StateLabel>}
        </span>
      )}
    </Link>
  );
}

/** What a queued run waits for: other jobs, or a free slot. */
function Queued({ id }: { id: string }) {
  const { data: view } = useQuery(executionQuery(id));
  const jobs = view?.waits_for.map((job) => job.job_name) ?? [];
  return <StateLabel look={EXECUTION_STATES.queued}>{jobs.length > 0 ? t('Queued, waiting for {{jobs}}', { jobs: listed(jobs) }) : t('Queued, waits for a free slot')}</StateLabel>;
}

export function JustFinished({ runs }: { runs: readonly ExecutionRow[] }) {
  const ended = runs
    .filter((run) => run.completed_at !== null)
    .sort((a, b) => (b.completed_at ?? '').localeCompare(a.completed_at ?? ''))
    .slice(0, 6);
  return (
    <section aria-label={t('Just finished')} className="pt-1">
      <SectionHead
        className="px-4"
        title={t('Just finished')}
        aside={
          <Link to="/executions" className="text-sm text-accent-ink hover:underline">
            {t('All executions')}
          </Link>
        }
      />
      {ended.length === 0 && <p className="border-t border-grid px-4 py-2 text-muted">{t('Nothing yet.')}</p>}
      <ul>
        {ended.map((run) => (
          <li key={run.id}>
            <Link to="/executions/$executionId" params={{ executionId: run.id }} className={`${line} grid-cols-[minmax(0,1.1fr)_minmax(0,1.3fr)_76px_72px_72px_72px] max-[1179px]:grid-cols-[minmax(0,1.1fr)_minmax(0,1.3fr)_68px_68px_56px]`}>
              <span className="truncate font-medium" title={run.job_name}>
                {run.job_name}
              </span>
              <RunResult result={{ ...run, execution_id: run.id }} />
              <span className="num text-right text-sm">{run.files === null ? '–' : t('{{count}} files', { count: run.files })}</span>
              <span className="num text-right text-sm">{bytes(run.bytes)}</span>
              <span className="num text-right text-sm text-muted max-[1179px]:hidden">{duration(elapsed(run.started_at, run.completed_at))}</span>
              <span className="text-right text-sm text-muted">
                <When at={run.completed_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
