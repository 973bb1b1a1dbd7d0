/** A run's result in a list: the state, and what is behind it in two or three words. */
import { DISABLED, EXECUTION_STATES, StateLabel } from '@/components/State';
import { t } from '@/i18n';
import { newest, PRESENTATIONS, useExecutionProgress, type ErrorCode, type JobExecutionState } from '@/ipc';

export interface Result {
  execution_id: string;
  state: JobExecutionState;
  error_code: ErrorCode | null;
  error_message: string | null;
  had_skips: boolean;
  progress: number | null;
}

export function RunResult({ result }: { result: Result }) {
  const look = EXECUTION_STATES[result.state];
  if (result.state === 'running') return <Running result={result} />;
  if (result.state === 'failed' && result.error_code) {
    return (
      <StateLabel look={look} title={result.error_message ?? undefined}>
        {t('Failed, {{short}}', { short: PRESENTATIONS[result.error_code].short })}
      </StateLabel>
    );
  }
  if (result.state === 'completed' && result.had_skips) return <StateLabel look={look}>{t('Completed, with skips')}</StateLabel>;
  return <StateLabel look={look} />;
}

function Running({ result }: { result: Result }) {
  const share = useShare(result);
  return <StateLabel look={EXECUTION_STATES.running}>{share === null ? t('Running') : t('Running, {{number}} %', { number: Math.round(share * 100) })}</StateLabel>;
}

/** How far a run is, 0 to 1: what the stream says of its newest step, else what the list knew. */
export function useShare(result: Pick<Result, 'execution_id' | 'state' | 'progress'>): number | null {
  const live = newest(useExecutionProgress(result.state === 'running' ? result.execution_id : null));
  if (live?.total_bytes) return Math.min(1, live.bytes_transferred / live.total_bytes);
  return result.progress;
}

export function DisabledLabel() {
  return <StateLabel look={DISABLED} />;
}
