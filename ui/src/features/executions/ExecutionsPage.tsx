/** All runs, newest first; asks for the next page as one scrolls. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { X } from 'lucide-react';
import { useCrumbs } from '@/app/chrome';
import { RunsArt } from '@/components/Art';
import { Button, IconButton } from '@/components/Button';
import { DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { FilterChoice, FilterInput } from '@/components/FilterInput';
import { ListFrame } from '@/components/ListFrame';
import { StatusBar, Toolbar } from '@/components/Page';
import { t } from '@/i18n';
import { executionsQuery, jobsQuery, type ExecutionRow, type JobExecutionState, type TriggerKind } from '@/ipc';
import { useAddress, useChoice, useText } from '@/lib/useFilters';
import { useSettled } from '@/lib/useSettled';
import { executionColumns } from './columns';
import { ExecutionRowActions } from './ExecutionRowActions';

const PAGE = 100;

const STATES: readonly { value: JobExecutionState | 'any'; label: string }[] = [
  { value: 'any', label: t('any') },
  { value: 'running', label: t('running') },
  { value: 'queued', label: t('queued') },
  { value: 'paused', label: t('paused') },
  { value: 'failed', label: t('failed') },
  { value: 'completed', label: t('completed') },
  { value: 'cancelled', label: t('cancelled') },
];

const TRIGGERS: readonly { value: TriggerKind | 'any'; label: string }[] = [
  { value: 'any', label: t('anything') },
  { value: 'manual', label: t('a person') },
  { value: 'schedule', label: t('a schedule') },
  { value: 'monitor', label: t('a monitor') },
  { value: 'chain', label: t('a chain') },
  { value: 'dependency', label: t('a dependency') },
  { value: 'job', label: t('another job') },
  { value: 'retry', label: t('a retry') },
];

type Span = 'any' | 'day' | 'week' | 'month';
const DAY_MS = 86_400_000;
const DAYS: Record<Span, number | null> = { any: null, day: 1, week: 7, month: 30 };
const SPANS: readonly { value: Span; label: string }[] = [
  { value: 'any', label: t('any time') },
  { value: 'day', label: t('in 24 hours') },
  { value: 'week', label: t('in 7 days') },
  { value: 'month', label: t('in 30 days') },
];
const sinceOf = (span: Span): string | null => {
  const days = DAYS[span];
  return days === null ? null : new Date(Date.now() - days * DAY_MS).toISOString();
};

export function ExecutionsPage({ jobId }: { jobId: string | null }) {
  useCrumbs({ label: t('Executions') });
  const navigate = useNavigate();
  const [state, setState] = useChoice('state', STATES, 'any');
  const [kind, setKind] = useChoice('by', TRIGGERS, 'any');
  const [span, setSpan] = useChoice('made', SPANS, 'any');
  const [name, setName] = useText();
  const [, change] = useAddress();
  const search = useSettled(name.trim());
  const since = useMemo(() => sinceOf(span), [span]);
  const runs = useInfiniteQuery(
    executionsQuery({
      job_id: jobId,
      states: state === 'any' ? [] : [state],
      triggered_by: kind === 'any' ? null : kind,
      since,
      search: search === '' ? null : search,
      limit: PAGE,
    }),
  );
  const jobs = useQuery(jobsQuery());
  const job = jobs.data?.find((row) => row.id === jobId);
  const rows = useMemo(() => runs.data?.pages.flatMap((page) => page.items) ?? [], [runs.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = runs;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const open = (row: ExecutionRow) => void navigate({ to: '/executions/$executionId', params: { executionId: row.id } });
  const filtered = jobId !== null || state !== 'any' || kind !== 'any' || span !== 'any' || search !== '';
  const showAll = () => void navigate({ to: '/executions', search: {} });

  return (
    <>
      <h1 className="sr-only">{t('Executions')}</h1>
      <Toolbar>
        <FilterInput value={name} onChange={setName} placeholder={t('Filter by job')} />
        <FilterChoice id="state-filter" label={t('State')} value={state} onChange={setState} options={STATES} />
        <FilterChoice id="trigger-filter" label={t('Started by')} value={kind} onChange={setKind} options={TRIGGERS} />
        <FilterChoice id="span-filter" label={t('Made')} value={span} onChange={setSpan} options={SPANS} />
        {jobId !== null && (
          <span className="inline-flex h-6 items-center rounded-[5px] border border-line pr-0.5 text-sm text-muted">
            <span className="border-r border-line px-[7px] leading-[22px]">{t('Job')}</span>
            <span className="max-w-56 truncate px-[7px] font-medium text-ink">{job?.name ?? t('one job')}</span>
            <IconButton label={t('Show the runs of all jobs')} size="sm" className="size-5" onClick={() => change({ job: undefined })}>
              <X />
            </IconButton>
          </span>
        )}
      </Toolbar>
      <ListFrame
        of={runs}
        loading={t('Loading the runs')}
        failed={t('The runs')}
        rows={rows.length}
        empty={
          !filtered && (
            <EmptyState art={<RunsArt />} title={t('Nothing has run yet')} actions={<Button id="go-jobs" variant="primary" onClick={() => void navigate({ to: '/jobs' })}>{t('Go to the jobs')}</Button>}>
              {t('Every run of a job is kept here with its steps, files, receipts and log. Run a job to see the first.')}
            </EmptyState>
          )
        }
        nothing={t('No run fits the filter.')}
        all={t('Show all runs')}
        onAll={showAll}
      >
        <DataTable
          label={t('Executions')}
          columns={executionColumns}
          rows={rows}
          keyOf={keyOf}
          nameOf={nameOf}
          rowAttribute="data-execution-row"
          onOpen={open}
          onEnd={more}
          actions={(row) => <ExecutionRowActions row={row} />}
        />
      </ListFrame>
      <StatusBar hints={[['/', t('Filter')], ['Enter', t('Open')]]}>
        {runs.isSuccess && rows.length > 0 ? (hasNextPage ? t('{{count}} so far shown, newest first', { count: rows.length }) : t('{{count}} shown, newest first', { count: rows.length })) : ''}
      </StatusBar>
    </>
  );
}

const keyOf = (row: ExecutionRow) => row.id;
const nameOf = (row: ExecutionRow) => row.job_name;
