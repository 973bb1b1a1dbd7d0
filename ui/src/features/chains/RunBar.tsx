/** How a run goes, and what can be done about it. */
import { useMutation } from '@tanstack/react-query';
import { Pause, Play, RotateCcw, Square } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { ConfirmDialog } from '@/components/Dialog';
import { StateBadge } from '@/components/State';
import { toast } from '@/components/toast';
import { rich, t } from '@/i18n';
import { invoke, type ChainExecutionView } from '@/ipc';
import { tally, useTook } from './run';
import { CHAIN_STATES } from './states';

export function RunFacts({ view }: { view: ChainExecutionView }) {
  const { execution } = view;
  const { all, done, failed } = tally(execution);
  const took = useTook(execution);
  return (
    <span className="flex items-center gap-3 text-sm whitespace-nowrap text-muted" role="status">
      <span id="chain-run-state" data-state={execution.state} className="inline-flex">
        <StateBadge look={CHAIN_STATES[execution.state]} />
      </span>
      {took && (
        <span>
          {execution.completed_at
            ? rich('Took {{time}}', { time: <b className="num font-medium text-ink">{took}</b> })
            : rich('Running for {{time}}', { time: <b className="num font-medium text-ink">{took}</b> })}
        </span>
      )}
      <span id="chain-run-tally">
        {failed > 0
          ? rich('{{done}} of {{all}} done, {{failed}} failed', { done: <b className="num font-medium text-ink">{done}</b>, all, failed: <b className="num font-medium text-fail">{failed}</b> })
          : rich('{{done}} of {{all}} done', { done: <b className="num font-medium text-ink">{done}</b>, all })}
      </span>
    </span>
  );
}

export function RunActions({ view }: { view: ChainExecutionView }) {
  const { id, state } = view.execution;
  const [asking, setAsking] = useState(false);
  const onError = (error: unknown) => toast.failed(error);
  const pause = useMutation({ mutationFn: () => invoke.chainExecutionsPause(id), onError });
  const resume = useMutation({ mutationFn: () => invoke.chainExecutionsResume(id), onError });
  const retry = useMutation({ mutationFn: () => invoke.chainExecutionsRetry(id), onError });
  const cancel = useMutation({ mutationFn: () => invoke.chainExecutionsCancel(id), onError, onSuccess: () => setAsking(false) });
  return (
    <>
      {state === 'running' && (
        <Button id="pause-chain" busy={pause.isPending} title={t('No member begins; those that run stop at the next safe point')} onClick={() => pause.mutate()}>
          <Pause />
          {t('Pause')}
        </Button>
      )}
      {state === 'paused' && (
        <Button id="resume-chain" variant="primary" busy={resume.isPending} onClick={() => resume.mutate()}>
          <Play />
          {t('Resume')}
        </Button>
      )}
      {state === 'failed' && (
        <Button id="retry-chain" variant="primary" busy={retry.isPending} title={t('Does again what failed, was cancelled or was skipped; what completed stays done')} onClick={() => retry.mutate()}>
          <RotateCcw />
          {t('Retry what failed')}
        </Button>
      )}
      {(state === 'pending' || state === 'running' || state === 'paused') && (
        <Button id="cancel-chain" variant="danger" onClick={() => setAsking(true)}>
          <Square />
          {t('Cancel')}
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => cancel.mutate()}
        busy={cancel.isPending}
        error={cancel.error}
        title={t('Cancel this run of {{chain}}?', { chain: view.chain_name })}
        action={t('Cancel the run')}
        keep={t('Let it go on')}
      >
        {t('Members that run are stopped, those that wait do not begin. What is finished stays. A cancelled run cannot go on; the chain can be run again.')}
      </ConfirmDialog>
    </>
  );
}
