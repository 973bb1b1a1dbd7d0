/** One run: how it goes, why it failed, when each step ran, what it moved, and what it noted. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { ErrorState } from '@/components/ErrorState';
import { Skeleton, SkeletonRows } from '@/components/Skeleton';
import { Tabs } from '@/components/Tabs';
import { t } from '@/i18n';
import { executionQuery, useExecutionProgress, type StepView } from '@/ipc';
import { isOver } from '../jobs/builder/run';
import { ExecutionHead, shortId } from './execution/ExecutionHead';
import { FailureBanner } from './execution/FailureBanner';
import { LogPanel } from './execution/LogPanel';
import { Outputs, Parameters } from './execution/Outputs';
import { overall } from './execution/progress';
import { Receipts } from './execution/Receipts';
import { RetryDialog } from './execution/RetryDialog';
import { WaitsFor } from './execution/WaitsFor';
import { Timeline, type Selection } from './execution/Timeline';
import { useNow } from './execution/useNow';

type View = 'files' | 'outputs' | 'parameters';

export function ExecutionPage({ executionId }: { executionId: string }) {
  const { data: view, error, refetch } = useQuery({
    ...executionQuery(executionId),
    // Events tell of every change; this only guards against one that was missed.
    refetchInterval: (query) => (query.state.data && isOver(query.state.data.execution.state) ? false : 2_000),
  });
  const live = view !== undefined && !isOver(view.execution.state);
  const progress = useExecutionProgress(view?.execution.state === 'running' ? executionId : null);
  const now = useNow(live);
  const [tab, setTab] = useState<View>('files');
  const [selected, setSelected] = useState<Selection | null>(null);
  const [retrying, setRetrying] = useState<string | null>(null);
  useCrumbs(
    { label: t('Executions'), to: '/executions' },
    ...(view ? [{ label: view.job_name, to: `/jobs/${view.execution.job_id}` }] : []),
    { label: t('Run {{id}}', { id: shortId(executionId) }) },
  );
  if (error && !view) return <ErrorState error={error} what={t('This run')} onRetry={() => void refetch()} />;
  if (!view) return <Loading />;
  const retryFrom = ({ step }: StepView) => setRetrying(step.alias);
  // The chosen step as it is by now; one inside an iteration is not in the view of the run.
  const chosen = selected && (selected.path === '' ? (view.steps.find(({ step }) => step.id === selected.entry.step.id) ?? null) : selected.entry);
  return (
    <div data-execution={executionId} className="flex min-h-0 flex-1 flex-col">
      <ExecutionHead view={view} progress={overall(view, progress)} now={now} />
      <WaitsFor view={view} />
      <FailureBanner view={view} onRetry={retryFrom} />
      <Timeline view={view} progress={progress} now={now} live={live} selected={selected} onSelect={setSelected} onRetry={live ? undefined : retryFrom} />
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_minmax(380px,40%)]">
        <Tabs<View>
          value={tab}
          onChange={setTab}
          tabs={[
            { value: 'files', label: t('Files'), count: view.receipts.files, panel: <Receipts executionId={executionId} total={view.receipts.files} running={live} /> },
            { value: 'outputs', label: t('Outputs'), panel: <Outputs steps={chosen ? [chosen] : view.steps} /> },
            { value: 'parameters', label: t('Parameters'), count: Object.keys(view.execution.parameters).length, panel: <Parameters view={view} /> },
          ]}
        />
        <LogPanel executionId={executionId} running={live} step={chosen?.step ?? null} onAllSteps={() => setSelected(null)} />
      </div>
      {retrying !== null && <RetryDialog view={view} step={retrying} onClose={() => setRetrying(null)} />}
    </div>
  );
}

function Loading() {
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-none flex-col gap-3 border-b border-line px-4 py-4">
        <Skeleton className="h-4 w-56" />
        <Skeleton className="w-96" />
      </div>
      <SkeletonRows label={t('Loading the run')} />
    </div>
  );
}
