/** What run this is, how it goes, and what can be done about it. */
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Clock, Monitor, Pause, Play, RotateCcw, Square, UserRound, Workflow } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button } from '@/components/Button';
import { ConfirmDialog } from '@/components/Dialog';
import { PageHead } from '@/components/Page';
import { Progress } from '@/components/Progress';
import { EXECUTION_STATES, StateBadge } from '@/components/State';
import { toast } from '@/components/toast';
import { rich, t } from '@/i18n';
import { invoke, PRESENTATIONS, type ExecutionView } from '@/ipc';
import { bytes, clock, day, duration, elapsed, exactTime, rate, trigger } from '@/lib/format';
import type { Overall } from './progress';

export function ExecutionHead({ view, progress, now }: { view: ExecutionView; progress: Overall; now: number }) {
  const { execution } = view;
  const { state } = execution;
  const running = state === 'running';
  const took = elapsed(execution.started_at, execution.completed_at, now);
  return (
    <>
      <PageHead
        title={view.job_name}
        badge={
          <span id="execution-state" data-state={state} className="inline-flex">
            <StateBadge look={EXECUTION_STATES[state]}>
              {state === 'failed' && execution.error_code
                ? t('Failed, {{short}}', { short: PRESENTATIONS[execution.error_code].short })
                : state === 'completed' && execution.had_skips
                  ? t('Completed, with skips')
                  : undefined}
            </StateBadge>
          </span>
        }
        meta={<span className="mono selectable flex-none text-faint" title={execution.id}>{shortId(execution.id)}</span>}
        actions={<Actions view={view} />}
      />
      <div className="flex flex-none items-center gap-5 px-4 pb-3">
        <div className="flex min-w-0 items-center gap-x-3.5 text-sm whitespace-nowrap text-muted [&_svg]:size-3.5 [&_svg]:flex-none [&_svg]:text-faint">
          <Fact icon={<Workflow />}>
            {rich('Version {{version}}', { version: <b className="num font-medium text-ink">{execution.job_version_number}</b> })}
          </Fact>
          <Fact icon={<UserRound />} title={t('Started by: {{who}}', { who: execution.triggered_by })}>
            {execution.retry_of ? (
              <Link to="/executions/$executionId" params={{ executionId: execution.retry_of }} className="text-accent-ink hover:underline">
                {t('Repeats an earlier run')}
              </Link>
            ) : (
              trigger(execution.triggered_by)
            )}
          </Fact>
          <Fact icon={<Clock />}>
            {execution.started_at ? t('Started') : t('Waiting since')}{' '}
            <Since at={execution.started_at ?? execution.queued_at ?? execution.created_at} now={now} />
          </Fact>
          {took !== null && (
            <Fact>
              {execution.completed_at ? t('Took') : t('Running for')} <b className="num font-medium text-ink" id="execution-duration">{duration(took)}</b>
            </Fact>
          )}
          {view.node_name && <Fact icon={<Monitor />}>{view.node_name}</Fact>}
        </div>
        {(running || state === 'paused') && (
          <div className="ml-auto flex min-w-0 items-center gap-3 text-sm whitespace-nowrap" id="execution-progress">
            <Progress label={t('Progress of the run')} share={progress.share} tone={running ? 'run' : 'pause'} className="h-1.5 w-28" />
            <b className="num text-base font-semibold">{progress.share === null ? '–' : `${Math.floor(progress.share * 100)} %`}</b>
            {progress.live ? (
              <>
                <span className="num text-muted">
                  {progress.live.total_bytes
                    ? t('{{size}} of {{total}}', { size: bytes(progress.live.bytes_transferred), total: bytes(progress.live.total_bytes) })
                    : bytes(progress.live.bytes_transferred)}
                </span>
                {(progress.live.transfer_rate_bytes_per_sec ?? 0) > 0 && (
                  <span className="num text-muted" id="execution-rate">
                    {rate(progress.live.transfer_rate_bytes_per_sec)}
                  </span>
                )}
                {progress.left !== null && <span className="num">{t('about {{duration}} left', { duration: duration(Math.max(1000, progress.left)) })}</span>}
              </>
            ) : (
              <span className="num text-muted">{t('{{done}} of {{steps}} steps', { done: progress.done, steps: progress.steps })}</span>
            )}
          </div>
        )}
      </div>
    </>
  );
}

/** The end of an id: its beginning is the time, which runs of one morning share. */
export const shortId = (id: string): string => id.slice(-8);

/** To the second; with the day when it is not today. */
function Since({ at, now }: { at: string; now: number }) {
  const today = new Date(at).toDateString() === new Date(now).toDateString();
  return (
    <time dateTime={at} title={exactTime(at)} className="num font-medium text-ink">
      {today ? clock(at) : `${day(at)}, ${clock(at)}`}
    </time>
  );
}

function Fact({ icon, title, children }: { icon?: ReactNode; title?: string; children: ReactNode }) {
  return (
    <span className="flex items-center gap-1.5" title={title}>
      {icon}
      <span>{children}</span>
    </span>
  );
}

function Actions({ view }: { view: ExecutionView }) {
  const { execution } = view;
  const { state } = execution;
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const onError = (error: unknown) => toast.failed(error);
  const pause = useMutation({ mutationFn: () => invoke.executionsPause(execution.id), onError });
  const resume = useMutation({ mutationFn: () => invoke.executionsResume(execution.id), onError });
  const cancel = useMutation({ mutationFn: () => invoke.executionsCancel(execution.id), onError, onSuccess: () => setAsking(false) });
  const again = useMutation({
    mutationFn: () => invoke.executionsRetry(execution.id, {}),
    onError,
    onSuccess: (executionId) => void navigate({ to: '/executions/$executionId', params: { executionId } }),
  });
  const stopping = execution.cancel_requested_at !== null;
  const pausing = execution.pause_requested_at !== null;
  const over = state === 'completed' || state === 'failed' || state === 'cancelled';
  return (
    <>
      <Link
        id="open-in-builder"
        to="/jobs/$jobId"
        params={{ jobId: execution.job_id }}
        className="inline-flex h-7 items-center gap-1.5 rounded-md px-2.5 font-medium text-muted hover:bg-hover hover:text-ink"
      >
        <Workflow className="size-3.5" aria-hidden />
        {t('Open in builder')}
      </Link>
      {state === 'running' && (
        <Button id="pause" busy={pause.isPending || pausing} title={t('Stops at the next safe point and can go on later')} onClick={() => pause.mutate()}>
          <Pause />
          {pausing ? t('Pausing') : t('Pause')}
        </Button>
      )}
      {over && (
        <Button id="run-again" busy={again.isPending} title={t('Repeats version {{version}} with the same parameters, from its first step', { version: execution.job_version_number })} onClick={() => again.mutate()}>
          <RotateCcw />
          {t('Run again')}
        </Button>
      )}
      {(state === 'paused' || state === 'failed') && (
        <Button
          id="resume"
          variant="primary"
          busy={resume.isPending}
          title={state === 'failed' ? t('This run goes on from the failed step; what is finished is not done again') : undefined}
          onClick={() => resume.mutate()}
        >
          <Play />
          {t('Resume')}
        </Button>
      )}
      {!over && (
        <Button id="cancel" variant="danger" busy={stopping} onClick={() => setAsking(true)}>
          <Square />
          {stopping ? t('Cancelling') : t('Cancel')}
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => cancel.mutate()}
        busy={cancel.isPending}
        error={cancel.error}
        title={t('Cancel this run of {{job}}?', { job: view.job_name })}
        action={t('Cancel the run')}
        keep={t('Let it go on')}
      >
        {t('Finished files stay where they are. The step that runs now is stopped, and a cancelled run cannot go on; it can be run again.')}
      </ConfirmDialog>
    </>
  );
}
