/** What can be done with one run, at the end of its row. */
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Pause, Play, RotateCcw, Square } from 'lucide-react';
import { IconButton } from '@/components/Button';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type ExecutionRow } from '@/ipc';

export function ExecutionRowActions({ row }: { row: ExecutionRow }) {
  const navigate = useNavigate();
  const act = useMutation({ mutationFn: (action: () => Promise<unknown>) => action(), onError: (error) => toast.failed(error) });
  const retry = useMutation({
    mutationFn: () => invoke.executionsRetry(row.id, {}),
    onSuccess: (executionId) => void navigate({ to: '/executions/$executionId', params: { executionId } }),
    onError: (error) => toast.failed(error),
  });
  const { state } = row;
  return (
    <>
      {state === 'running' && (
        <IconButton label={t('Pause')} size="sm" onClick={() => act.mutate(() => invoke.executionsPause(row.id))}>
          <Pause />
        </IconButton>
      )}
      {(state === 'paused' || state === 'failed') && (
        <IconButton label={state === 'failed' ? t('Go on from the failed step') : t('Resume')} size="sm" onClick={() => act.mutate(() => invoke.executionsResume(row.id))}>
          <Play />
        </IconButton>
      )}
      {(state === 'running' || state === 'queued' || state === 'paused') && (
        <IconButton label={t('Cancel')} size="sm" onClick={() => act.mutate(() => invoke.executionsCancel(row.id))}>
          <Square />
        </IconButton>
      )}
      {(state === 'failed' || state === 'cancelled' || state === 'completed') && (
        <IconButton label={t('Run again as a new run')} size="sm" busy={retry.isPending} onClick={() => retry.mutate()}>
          <RotateCcw />
        </IconButton>
      )}
    </>
  );
}
