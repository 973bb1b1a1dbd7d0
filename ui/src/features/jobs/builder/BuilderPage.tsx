/** The page of one job, or of a new one: reads what the builder needs, and brings back an unsaved draft. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useCrumbs, useNarrowNavigation } from '@/app/chrome';
import { ErrorState } from '@/components/ErrorState';
import { Skeleton } from '@/components/Skeleton';
import { t } from '@/i18n';
import { invoke, jobQuery, stepTypesQuery, type Job, type StepSpec } from '@/ipc';
import { Builder } from './Builder';
import { BuilderProvider, useBuilder } from './context';
import { handedOver, newJobs, tookOver } from './handover';
import { forget, kept } from './model/autosave';
import { emptyDoc, fromDraft, fromJob } from './model/doc';
import type { LastValues } from './model/scope';
import { createBuilder } from './model/store';
import { isOver, newestAttempt, outputsOf } from './run';

/** `offered` is the name of a new job that was made elsewhere. */
export function BuilderPage({ jobId, offered = null }: { jobId: string | null; offered?: string | null }) {
  useNarrowNavigation();
  const types = useQuery(stepTypesQuery());
  const job = useQuery({ ...jobQuery(jobId ?? ''), enabled: jobId !== null });
  useCrumbs({ label: t('Jobs'), to: '/jobs' }, { label: jobId === null ? t('New job') : (job.data?.job.name ?? t('Job')) });
  const failed = types.error ?? (jobId === null ? null : job.error);
  if (failed) return <ErrorState error={failed} what={t('The job')} onRetry={() => void Promise.all([types.refetch(), jobId === null ? null : job.refetch()])} />;
  if (!types.data || (jobId !== null && !job.data)) return <Loading />;
  return <Loaded key={jobId ?? 'new'} jobId={jobId} offered={offered} job={job.data?.job ?? null} types={types.data} />;
}

function Loaded({ jobId, offered, job, types }: { jobId: string | null; offered: string | null; job: Job | null; types: readonly StepSpec[] }) {
  const specs = useMemo(() => new Map(types.map((spec) => [spec.type_key, spec])), [types]);
  const [{ store, restoredAt }] = useState(() => {
    const moved = handedOver(jobId);
    if (moved) return { store: moved, restoredAt: null };
    const given = newJobs.offered(offered);
    if (given) return { store: createBuilder(null, { doc: fromDraft(given.draft), identity: {}, version: 0, template: given.template, at: '' }), restoredAt: null };
    const draft = kept(jobId);
    const saved = job ? fromJob(job).doc : emptyDoc();
    if (draft && JSON.stringify(draft.doc) === JSON.stringify(saved)) forget(jobId);
    else if (draft) return { store: createBuilder(job, draft), restoredAt: draft.at };
    return { store: createBuilder(job, null), restoredAt: null };
  });
  useEffect(() => tookOver(jobId), [jobId]);
  useEffect(() => newJobs.took(offered), [offered]);
  const last = useLastRun(jobId);
  useEffect(() => {
    if (last?.live && store.getState().run === null) store.getState().follow(last.live);
  }, [store, last?.live]);
  return (
    <BuilderProvider store={store} specs={specs} last={last?.values ?? NOTHING}>
      <Crumb />
      <Builder job={job} restoredAt={restoredAt} />
    </BuilderProvider>
  );
}

const NOTHING: LastValues = {};

/** The breadcrumb follows the name while it is typed. */
function Crumb() {
  const name = useBuilder((state) => state.doc.name);
  useCrumbs({ label: t('Jobs'), to: '/jobs' }, { label: name || t('New job') });
  return null;
}

/** What the job's last completed run handed on, and a run that is going on now. */
function useLastRun(jobId: string | null): { values: LastValues; live: string | null } | undefined {
  return useQuery({
    queryKey: ['executions', 'list', 'last-of', jobId],
    enabled: jobId !== null,
    queryFn: async () => {
      const filter = { job_id: jobId, limit: 1, after: null };
      const [newest, completed] = await Promise.all([
        invoke.executionsList(filter),
        invoke.executionsList({ ...filter, states: ['completed'] }),
      ]);
      const last = completed.items[0];
      const view = last ? await invoke.executionsGet(last.id) : null;
      const values = Object.fromEntries(
        (view?.steps ?? []).map(({ step, attempts }) => [step.alias, outputsOf(newestAttempt(attempts)?.output_data ?? null)]),
      );
      const [run] = newest.items;
      return { values, live: run && !isOver(run.state) ? run.id : null };
    },
  }).data;
}

function Loading() {
  return (
    <div role="status" aria-busy="true" className="flex min-h-0 flex-1 flex-col" data-skeleton>
      <span className="sr-only">{t('Loading the job')}</span>
      <div className="flex h-11 flex-none items-center gap-4 border-b border-line px-4">
        <Skeleton className="w-40" />
        <Skeleton className="w-24" />
      </div>
      <div className="grid min-h-0 flex-1 grid-cols-[176px_minmax(0,1fr)_348px]">
        <div className="flex flex-col gap-3 border-r border-line p-4">
          {Array.from({ length: 10 }, (_, i) => (
            <Skeleton key={i} className="w-28" />
          ))}
        </div>
        <div className="flex flex-col items-center gap-2 bg-sunken px-5 pt-4">
          {Array.from({ length: 4 }, (_, i) => (
            <div key={i} className="flex h-11 w-full max-w-[660px] items-center gap-3 rounded-md border border-line bg-raised px-4">
              <Skeleton className="w-48" />
            </div>
          ))}
        </div>
        <div className="flex flex-col gap-3 border-l border-line p-4">
          {Array.from({ length: 6 }, (_, i) => (
            <Skeleton key={i} className="w-full" />
          ))}
        </div>
      </div>
    </div>
  );
}
