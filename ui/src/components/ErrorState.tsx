/** What a page or a dialog shows when something failed: what happened, on what, what to do. */
import { RotateCcw } from 'lucide-react';
import { t } from '@/i18n';
import { asAppError, presentation, sentence } from '@/ipc';
import { Button } from './Button';
import { EmptyState } from './EmptyState';
import { Notice } from './Notice';

/** In the place of a page's content. */
export function ErrorState({ error, onRetry, what }: { error: unknown; onRetry: () => void; what: string }) {
  const failure = asAppError(error);
  const shown = presentation(failure);
  return (
    <EmptyState
      alert
      title={t('{{what}} cannot be shown', { what })}
      actions={
        <Button id="retry" onClick={onRetry}>
          <RotateCcw />
          {t('Try again')}
        </Button>
      }
    >
      <span className="text-ink">{sentence(failure.message)}</span> {shown.hint}
    </EmptyState>
  );
}

/** In a dialog or above a form. */
export function ErrorNotice({ error, className }: { error: unknown; className?: string }) {
  const failure = asAppError(error);
  const shown = presentation(failure);
  return (
    <Notice tone="fail" title={shown.title} className={className}>
      {sentence(failure.message)} {shown.hint}
    </Notice>
  );
}
