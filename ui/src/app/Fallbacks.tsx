/** In the place of a page that does not exist or broke. */
import { useNavigate, type ErrorComponentProps } from '@tanstack/react-router';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';

export function NotFound() {
  const navigate = useNavigate();
  return (
    <EmptyState title="There is no such page" actions={<Button onClick={() => void navigate({ to: '/' })}>Go to the dashboard</Button>}>
      The address may be of something that was deleted.
    </EmptyState>
  );
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  return <ErrorState error={error} onRetry={reset} what="This page" />;
}
