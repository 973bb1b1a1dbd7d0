/** All jobs: is it fine, when did it last run, what moved. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { Button, Kbd } from '@/components/Button';
import { DataTable, type Sort } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { FilterChoice, FilterInput } from '@/components/FilterInput';
import { StatusBar, Toolbar } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { jobsQuery, type JobRow } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { DeleteJobs } from './DeleteJobs';
import { JobsEmpty } from './JobsEmpty';
import { JobRowActions } from './JobRowActions';
import { JobsBulkBar } from './JobsBulkBar';
import { jobColumns } from './columns';
import { isShown, sortJobs, STATE_FILTERS, type StateFilter } from './listing';
import { JobRehearsal } from './rehearsal/JobRehearsal';
import { useRunJob } from './useRunJob';

export function JobsPage() {
  useCrumbs({ label: 'Jobs' });
  const navigate = useNavigate();
  const jobs = useQuery(jobsQuery());
  const run = useRunJob();
  const [text, setText] = useState('');
  const [state, setState] = useState<StateFilter>('any');
  const [sort, setSort] = useState<Sort>({ column: 'name', descending: false });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<JobRow | null>(null);
  const [deleting, setDeleting] = useState<readonly JobRow[] | null>(null);
  const [rehearsed, setRehearsed] = useState<JobRow | null>(null);
  const rows = useMemo(() => sortJobs((jobs.data ?? []).filter((job) => isShown(job, text, state)), sort), [jobs.data, text, state, sort]);
  const chosen = useMemo(() => (jobs.data ?? []).filter((job) => selected.has(job.id)), [jobs.data, selected]);

  const create = () => void navigate({ to: '/jobs/new' });
  const open = (job: JobRow) => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } });
  useShortcuts({
    n: create,
    r: () => (chosen.length > 0 ? chosen.forEach((job) => run.mutate(job)) : cursor && run.mutate(cursor)),
    Delete: () => setDeleting(chosen.length > 0 ? chosen : cursor ? [cursor] : null),
    Escape: () => setSelected(new Set()),
  });

  if (jobs.isSuccess && jobs.data.length === 0) return <JobsEmpty onNew={create} />;
  return (
    <>
      <h1 className="sr-only">Jobs</h1>
      <Toolbar>
        <FilterInput value={text} onChange={setText} placeholder="Filter by name" />
        <FilterChoice id="state-filter" label="State" value={state} onChange={setState} options={STATE_FILTERS} />
        <Button id="new-job" variant="primary" className="ml-auto" onClick={create}>
          <Plus />
          New job
          <Kbd onAccent>N</Kbd>
        </Button>
      </Toolbar>
      {jobs.isPending && <SkeletonRows label="Loading the jobs" />}
      {jobs.isError && <ErrorState error={jobs.error} what="The jobs" onRetry={() => void jobs.refetch()} />}
      {jobs.isSuccess && rows.length > 0 && (
        <DataTable
          label="Jobs"
          columns={jobColumns}
          rows={rows}
          keyOf={keyOf}
          nameOf={nameOf}
          rowAttribute="data-job-row"
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setSelected}
          onOpen={open}
          onCursor={setCursor}
          dimmed={(job) => !job.is_enabled}
          actions={(job) => <JobRowActions job={job} onRehearse={() => setRehearsed(job)} onDelete={() => setDeleting([job])} />}
        />
      )}
      {jobs.isSuccess && rows.length === 0 && (
        <div className="flex flex-1 flex-col items-center justify-center gap-3 text-muted">
          No job fits the filter.
          <Button
            onClick={() => {
              setText('');
              setState('any');
            }}
          >
            Show all jobs
          </Button>
        </div>
      )}
      {chosen.length > 0 && <JobsBulkBar jobs={chosen} onClear={() => setSelected(new Set())} onDelete={() => setDeleting(chosen)} />}
      <StatusBar hints={[['Space', 'Select'], ['R', 'Run'], ['Enter', 'Open'], ['/', 'Filter']]}>
        {jobs.isSuccess ? `${rows.length} of ${jobs.data.length} shown` : ''}
      </StatusBar>
      {rehearsed && <JobRehearsal job={rehearsed} onClose={() => setRehearsed(null)} />}
      {deleting && deleting.length > 0 && (
        <DeleteJobs
          jobs={deleting}
          onClose={() => setDeleting(null)}
          onDone={() => {
            setDeleting(null);
            setSelected(new Set());
          }}
        />
      )}
    </>
  );
}

const keyOf = (job: JobRow) => job.id;
const nameOf = (job: JobRow) => job.name;
