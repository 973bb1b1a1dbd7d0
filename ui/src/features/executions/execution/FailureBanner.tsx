/** Why a run failed: the kind of cause, the reason in plain words, and the next action. */
import { Link } from '@tanstack/react-router';
import { RotateCcw } from 'lucide-react';
import { useChrome } from '@/app/chrome';
import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { Badge } from '@/components/State';
import { newestAttempt } from '@/features/jobs/builder/run';
import { inside, t } from '@/i18n';
import { causeOf, CAUSES, PRESENTATIONS, type ErrorCode, type ExecutionView, type StepView } from '@/ipc';
import { beginAgain, failedStep } from './again';
import { NEXT_PLACE } from './next-action';

const action =
  'inline-flex h-6 items-center rounded-[5px] border border-line-control bg-raised px-2 text-sm font-medium hover:bg-hover';

export function FailureBanner({ view, onRetry }: { view: ExecutionView; onRetry: (entry: StepView) => void }) {
  const { execution } = view;
  if (execution.state !== 'failed') return null;
  const failed = failedStep(view);
  const again = beginAgain(view, failed);
  const code = execution.error_code ?? 'internal';
  const words = PRESENTATIONS[code];
  const cause = causeOf(code);
  const message = execution.error_message ?? newestAttempt(failed?.attempts ?? [])?.error_message;
  return (
    <div id="failure" data-code={code} data-cause={cause} className="flex-none px-4 pb-3">
      <Notice
        tone="fail"
        title={
          <span className="flex min-w-0 items-center gap-2">
            <span className="truncate">{failed ? `${failed.step.name}: ${inside(words.title)}` : words.title}</span>
            <Badge tone="fail">
              <span className="sr-only">{t('Kind of cause:')}{' '}</span>
              {CAUSES[cause]}
            </Badge>
          </span>
        }
        aside={
          <>
            <Next code={code} view={view} failed={failed} />
            {again && (
              <Button size="sm" id="failure-retry" onClick={() => onRetry(again)}>
                <RotateCcw />
                {t('Retry from here')}
              </Button>
            )}
          </>
        }
      >
        <span className="selectable" id="failure-message">
          {message && <span className="text-ink">{sentence(message)} </span>}
          {words.hint}
        </span>
      </Notice>
    </div>
  );
}

const sentence = (text: string) => {
  // A message may begin with a host or a path, which stay as they are.
  const name = /^\S*[./:]\S/.test(text);
  const first = name ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
};

function Next({ code, view, failed }: { code: ErrorCode; view: ExecutionView; failed: StepView | undefined }) {
  const setVault = useChrome((state) => state.setVault);
  const place = NEXT_PLACE[code];
  const connection = failed?.step.configuration.connection_id;
  switch (place) {
    case 'connection':
      return typeof connection === 'string' ? (
        <Link to="/connections/$connectionId" params={{ connectionId: connection }} className={action} data-next="connection">
          {t('Open the connection')}
        </Link>
      ) : null;
    case 'vault':
      return (
        <Button size="sm" data-next="vault" onClick={() => setVault(true)}>
          {t('Open the vault')}
        </Button>
      );
    case 'keys':
      return (
        <Link to="/keys" className={action} data-next="keys">
          {t('Open the keys')}
        </Link>
      );
    case 'step':
      return (
        <Link to="/jobs/$jobId" params={{ jobId: view.execution.job_id }} className={action} data-next="step">
          {failed ? t('Open “{{name}}” in the builder', { name: failed.step.name }) : t('Open the job in the builder')}
        </Link>
      );
    case 'none':
      return null;
  }
}
