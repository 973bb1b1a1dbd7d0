/** In the place of a page that does not exist or broke. */
import { useNavigate, type ErrorComponentProps } from '@tanstack/react-router';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { t } from '@/i18n';

export function NotFound() {
  const navigate = useNavigate();
  return (
    <EmptyState title={t('There is no such page')} actions={<Button onClick={() => void navigate({ to: '/' })}>{t('Go to the dashboard')}</Button>}>
      {t('The address may be of something that was deleted.')}
    </EmptyState>
  );
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  return <ErrorState error={error} onRetry={reset} what={t('This page')} />;
}
