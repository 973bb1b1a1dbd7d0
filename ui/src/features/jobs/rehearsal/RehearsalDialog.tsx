/** A dry run in a dialog: while it goes, and what it came to. */
import { LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { t } from '@/i18n';
import type { Verdict } from '@/ipc';
import { RehearsedSteps } from './RehearsedSteps';
import type { RehearsalControl } from './useRehearsal';
import { OUTCOMES, tally } from './verdicts';

const TONES = { would_do: 'ok', cannot: 'fail', unknown: 'idle', skipped: 'idle' } as const satisfies Record<Verdict, string>;

export function RehearsalDialog({
  control,
  name,
  onClose,
  onAgain,
  ask,
  children,
}: {
  control: RehearsalControl;
  /** The job's. */
  name: string;
  onClose: () => void;
  onAgain: () => void;
  /** What must be answered before it begins; shown until it has begun. */
  ask?: ReactNode;
  /** Below an error. */
  children?: ReactNode;
}) {
  const { state, stop } = control;
  const asks = state === null && ask !== undefined;
  return (
    <Dialog
      open
      onClose={onClose}
      id="rehearsal"
      title={t('Dry run of {{name}}', { name: name || t('this job') })}
      description={t('What every step would do now, on real listings. Nothing is written: no file, nothing on servers, nothing in the history.')}
      width={720}
      footer={
        state?.running ? (
          <Button id="rehearsal-stop" onClick={stop}>
            {t('Cancel')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('Close')}</Button>
            <Button id="rehearsal-start" variant={asks ? 'primary' : 'outline'} onClick={onAgain}>
              {asks ? t('Start dry run') : t('Again')}
            </Button>
          </>
        )
      }
    >
      {asks && ask}
      <div role="status" data-rehearsal={state === null ? 'asking' : state.running ? 'running' : (state.result?.verdict ?? 'stopped')}>
        {state?.running && (
          <span className="flex items-center gap-2 text-run">
            <LoaderCircle className="size-3.5 animate-spin" aria-hidden />
            {state.steps.length === 0 ? t('Looking at the first step') : t('Looking at step {{number}}', { number: state.steps.length + 1 })}
          </span>
        )}
        {state?.result && (
          <Notice tone={TONES[state.result.verdict]} title={OUTCOMES[state.result.verdict]}>
            {tally(state.result)}
          </Notice>
        )}
        {state && !state.running && !state.result && !state.error && <span className="text-muted">{t('The dry run was cancelled.')}</span>}
      </div>
      {state?.error ? <ErrorNotice error={state.error} /> : null}
      {children}
      {state && state.steps.length > 0 && <RehearsedSteps steps={state.steps} />}
    </Dialog>
  );
}
