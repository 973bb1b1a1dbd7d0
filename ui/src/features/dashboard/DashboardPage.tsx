/** What needs attention, what runs, what just finished; before that, the first steps. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCrumbs } from '@/app/chrome';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { executionsQuery, jobsQuery, pgpKeysQuery, statusQuery } from '@/ipc';
import { Attention } from './Attention';
import { attentionOf } from './attention-items';
import { FirstRun } from './FirstRun';
import { MovedByJob } from './MovedByJob';
import { JustFinished, RunningNow } from './Runs';
import { RunsChart } from './RunsChart';
import { SetUpList } from './SetUpList';
import { Stats } from './Stats';
import { lastDay } from './day';

/** Enough for the busiest day that the page counts. */
const NEWEST = 500;

export function DashboardPage() {
  useCrumbs({ label: 'Dashboard' });
  const status = useQuery(statusQuery());
  const jobs = useQuery(jobsQuery());
  const keys = useQuery(pgpKeysQuery());
  const runs = useInfiniteQuery(executionsQuery({ job_id: null, state: null, limit: NEWEST }));
  const failed = [status, jobs, keys, runs].find((query) => query.isError);
  if (failed) {
    return <ErrorState error={failed.error} what="The dashboard" onRetry={() => [status, jobs, keys, runs].forEach((query) => query.isError && void query.refetch())} />;
  }
  if (!status.data || !jobs.data || !keys.data || !runs.data) return <SkeletonRows label="Loading the dashboard" />;
  if (status.data.vault.state === 'uninitialised' || jobs.data.length === 0) return <FirstRun status={status.data} />;

  const newest = runs.data.pages[0]?.items ?? [];
  const today = lastDay(newest, runs.data.pages[0]?.next != null);
  return (
    <>
      <h1 className="sr-only">Dashboard</h1>
      <Stats day={today} />
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_332px]">
        <div className="min-h-0 min-w-0 overflow-y-auto pt-1 pb-4">
          <Attention items={attentionOf(status.data, jobs.data, keys.data)} />
          <RunningNow jobs={jobs.data} slots={status.data.engine.slots} />
          <JustFinished runs={newest} />
        </div>
        <aside aria-label="Activity" className="flex min-h-0 flex-col gap-1.5 overflow-y-auto border-l border-line px-4 pt-1 pb-3">
          <RunsChart runs={newest} />
          <MovedByJob runs={newest} />
          <SetUpList status={status.data} jobs={jobs.data} />
        </aside>
      </div>
    </>
  );
}
