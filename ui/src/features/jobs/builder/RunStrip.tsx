/** How the run that is shown on the blocks goes. */
import { Link } from '@tanstack/react-router';
import { ArrowRight, Pause, Play, Square, X } from 'lucide-react';
import { Button, IconButton } from '@/components/Button';
import { Progress } from '@/components/Progress';
import { EXECUTION_STATES, StateBadge } from '@/components/State';
import { toast } from '@/components/toast';
import { invoke, newest, PRESENTATIONS, type ExecutionProgress, type ExecutionView } from '@/ipc';
import { bytes, rate } from '@/lib/format';
import { overall } from '@/features/executions/execution/progress';
import { t } from '@/i18n';
import { isOver } from './run';

export function RunStrip({ view, progress, onClose }: { view: ExecutionView; progress: ReadonlyMap<number, ExecutionProgress>; onClose: () => void }) {
  const { execution } = view;
  const { state } = execution;
  const live = state === 'running' ? newest(progress) : null;
  const { share } = overall(view, progress);
  const ask = (request: Promise<unknown>) => void request.catch((error: unknown) => toast.failed(error));
  return (
    <div id="run-strip" data-run={execution.id} data-run-state={state} role="status" className="flex h-10 flex-none items-center gap-3 border-b border-line bg-bg px-4 text-sm">
      <StateBadge look={EXECUTION_STATES[state]}>
        {state === 'failed' && execution.error_code ? t('Failed, {{short}}', { short: PRESENTATIONS[execution.error_code].short }) : undefined}
      </StateBadge>
      <span className="num text-muted">{t('Version {{version}}', { version: execution.job_version_number })}</span>
      {state === 'running' && (
        <>
          <Progress label={t('Progress of the run')} share={share} className="h-1.5 w-40" />
          <b className="num font-semibold">{share === null ? '–' : `${Math.floor(share * 100)} %`}</b>
          {live && (
            <span className="num truncate text-muted">
              {[
                live.bytes_transferred > 0 && (live.total_bytes ? t('{{size}} of {{total}}', { size: bytes(live.bytes_transferred), total: bytes(live.total_bytes) }) : `${bytes(live.bytes_transferred)}`),
                (live.transfer_rate_bytes_per_sec ?? 0) > 0 && rate(live.transfer_rate_bytes_per_sec),
                live.current_file?.split('/').pop(),
              ]
                .filter(Boolean)
                .join(', ')}
            </span>
          )}
        </>
      )}
      {state === 'failed' && <span className="selectable min-w-0 truncate text-muted" title={execution.error_message ?? undefined}>{execution.error_message}</span>}
      <span className="ml-auto flex flex-none items-center gap-1.5">
        {state === 'running' && (
          <Button size="sm" onClick={() => ask(invoke.executionsPause(execution.id))}>
            <Pause />
            {t('Pause')}
          </Button>
        )}
        {state === 'paused' && (
          <Button size="sm" onClick={() => ask(invoke.executionsResume(execution.id))}>
            <Play />
            {t('Resume')}
          </Button>
        )}
        {!isOver(state) && (
          <Button size="sm" variant="danger" id="run-cancel" onClick={() => ask(invoke.executionsCancel(execution.id))}>
            <Square />
            {t('Cancel')}
          </Button>
        )}
        <Link
          id="open-run"
          to="/executions/$executionId"
          params={{ executionId: execution.id }}
          className="inline-flex h-6 items-center gap-1 px-1.5 font-medium text-accent-ink hover:underline"
        >
          {t('Open run')}
          <ArrowRight className="size-3" aria-hidden />
        </Link>
        {isOver(state) && (
          <IconButton label={t('Put the run away')} size="sm" onClick={onClose}>
            <X />
          </IconButton>
        )}
      </span>
    </div>
  );
}
