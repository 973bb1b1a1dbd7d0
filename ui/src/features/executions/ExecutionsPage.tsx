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
import { executionsQuery, jobsQuery, type ExecutionRow, type JobExecutionState, type TriggerKind } from '@/ipc';
import { useAddress, useChoice, useText } from '@/lib/useFilters';
import { useSettled } from '@/lib/useSettled';
import { executionColumns } from './columns';
import { ExecutionRowActions } from './ExecutionRowActions';

const PAGE = 100;

const STATES: readonly { value: JobExecutionState | 'any'; label: string }[] = [
  { value: 'any', label: 'any' },
  { value: 'running', label: 'running' },
  { value: 'queued', label: 'queued' },
  { value: 'paused', label: 'paused' },
  { value: 'failed', label: 'failed' },
  { value: 'completed', label: 'completed' },
  { value: 'cancelled', label: 'cancelled' },
];

const TRIGGERS: readonly { value: TriggerKind | 'any'; label: string }[] = [
  { value: 'any', label: 'anything' },
  { value: 'manual', label: 'a person' },
  { value: 'schedule', label: 'a schedule' },
  { value: 'monitor', label: 'a monitor' },
  { value: 'chain', label: 'a chain' },
  { value: 'dependency', label: 'a dependency' },
  { value: 'job', label: 'another job' },
  { value: 'retry', label: 'a retry' },
];

type Span = 'any' | 'day' | 'week' | 'month';
const DAY_MS = 86_400_000;
const DAYS: Record<Span, number | null> = { any: null, day: 1, week: 7, month: 30 };
const SPANS: readonly { value: Span; label: string }[] = [
  { value: 'any', label: 'any time' },
  { value: 'day', label: 'in 24 hours' },
  { value: 'week', label: 'in 7 days' },
  { value: 'month', label: 'in 30 days' },
];
const sinceOf = (span: Span): string | null => {
  const days = DAYS[span];
  return days === null ? null : new Date(Date.now() - days * DAY_MS).toISOString();
};

export function ExecutionsPage({ jobId }: { jobId: string | null }) {
  useCrumbs({ label: 'Executions' });
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
      <h1 className="sr-only">Executions</h1>
      <Toolbar>
        <FilterInput value={name} onChange={setName} placeholder="Filter by job" />
        <FilterChoice id="state-filter" label="State" value={state} onChange={setState} options={STATES} />
        <FilterChoice id="trigger-filter" label="Started by" value={kind} onChange={setKind} options={TRIGGERS} />
        <FilterChoice id="span-filter" label="Made" value={span} onChange={setSpan} options={SPANS} />
        {jobId !== null && (
          <span className="inline-flex h-6 items-center rounded-[5px] border border-line pr-0.5 text-sm text-muted">
            <span className="border-r border-line px-[7px] leading-[22px]">Job</span>
            <span className="max-w-56 truncate px-[7px] font-medium text-ink">{job?.name ?? 'one job'}</span>
            <IconButton label="Show the runs of all jobs" size="sm" className="size-5" onClick={() => change({ job: undefined })}>
              <X />
            </IconButton>
          </span>
        )}
      </Toolbar>
      <ListFrame
        of={runs}
        loading="Loading the runs"
        failed="The runs"
        rows={rows.length}
        empty={
          !filtered && (
            <EmptyState art={<RunsArt />} title="Nothing has run yet" actions={<Button id="go-jobs" variant="primary" onClick={() => void navigate({ to: '/jobs' })}>Go to the jobs</Button>}>
              Every run of a job is kept here with its steps, files, receipts and log. Run a job to see the first.
            </EmptyState>
          )
        }
        nothing="No run fits the filter."
        all="Show all runs"
        onAll={showAll}
      >
        <DataTable
          label="Executions"
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
      <StatusBar hints={[['/', 'Filter'], ['Enter', 'Open']]}>
        {runs.isSuccess && rows.length > 0 ? `${rows.length.toLocaleString()}${hasNextPage ? ' so far' : ''} shown, newest first` : ''}
      </StatusBar>
    </>
  );
}

const keyOf = (row: ExecutionRow) => row.id;
const nameOf = (row: ExecutionRow) => row.job_name;
