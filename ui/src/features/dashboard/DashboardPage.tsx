/** What needs attention, what runs, what just finished; before that, the first steps. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCrumbs } from '@/app/chrome';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { FirstSteps } from '@/features/first-steps/FirstStepsPage';
import { useFirstSteps, useShowing } from '@/features/first-steps/useFirstSteps';
import { t } from '@/i18n';
import { activityQuery, executionsQuery, jobsQuery, missedQuery, monitorsQuery, pgpKeysQuery, schedulesQuery, statusQuery } from '@/ipc';
import { Attention } from './Attention';
import { attentionOf, missedOf } from './attention-items';
import { MovedByJob } from './MovedByJob';
import { NextFires } from './NextFires';
import { JustFinished, RunningNow } from './Runs';
import { RunsChart } from './RunsChart';
import { SetUpList } from './SetUpList';
import { Stats } from './Stats';
import { useDismissed } from './useDismissed';

/** Among so many of the newest are the last that ended. */
const NEWEST = 50;

export function DashboardPage() {
  useCrumbs({ label: t('Dashboard') });
  const status = useQuery(statusQuery());
  const jobs = useQuery(jobsQuery());
  const keys = useQuery(pgpKeysQuery());
  const runs = useInfiniteQuery(executionsQuery({ limit: NEWEST }));
  const activity = useQuery(activityQuery());
  const schedules = useQuery(schedulesQuery());
  const missed = useQuery(missedQuery());
  const monitors = useQuery(monitorsQuery());
  const [dismissed, dismiss] = useDismissed();
  const first = useFirstSteps('page');
  const away = useShowing(({ later, hidden }) => later || hidden);
  const queries = [status, jobs, keys, runs, activity, schedules, missed, monitors, first];
  const failed = queries.find((query) => query.isError);
  if (failed) {
    return <ErrorState error={failed.error} what={t('The dashboard')} onRetry={() => queries.forEach((query) => query.isError && void query.refetch())} />;
  }
  if (!status.data || !jobs.data || !keys.data || !runs.data || !activity.data || !schedules.data || !missed.data || !monitors.data || !first.data) return <SkeletonRows label={t('Loading the dashboard')} />;
  // Until something of one's own can run there is nothing else to show.
  if (!away && !first.data.is_finished && (status.data.vault.state === 'uninitialised' || jobs.data.length === 0)) return <FirstSteps onLeave={() => undefined} />;

  const newest = runs.data.pages[0]?.items ?? [];
  return (
    <>
      <h1 className="sr-only">{t('Dashboard')}</h1>
      <Stats activity={activity.data} />
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_minmax(332px,24%)]">
        <div className="min-h-0 min-w-0 overflow-y-auto pt-1 pb-4">
          <Attention
            items={attentionOf({ status: status.data, jobs: jobs.data, keys: keys.data, monitors: monitors.data, missed: missedOf(missed.data, dismissed) })}
            onDismiss={dismiss}
          />
          <RunningNow jobs={jobs.data} slots={status.data.engine.slots} />
          <JustFinished runs={newest} />
        </div>
        <aside aria-label={t('Activity')} className="flex min-h-0 flex-col gap-1.5 overflow-x-hidden overflow-y-auto border-l border-line px-4 pt-1 pb-3">
          <RunsChart hours={activity.data.hours} />
          <NextFires schedules={schedules.data} jobs={jobs.data} />
          <MovedByJob jobs={activity.data.moved} />
          <SetUpList />
        </aside>
      </div>
    </>
  );
}
