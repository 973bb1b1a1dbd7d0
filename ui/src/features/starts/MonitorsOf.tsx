/** The monitors that start a job or a chain. */
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus, Radar } from 'lucide-react';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { StateLabel } from '@/components/State';
import { MiddlePath } from '@/components/Text';
import { healthOf, MONITOR_STATES } from '@/features/monitors/words';
import { monitorsQuery, type ScheduleOwner } from '@/ipc';
import { useQuery } from '@tanstack/react-query';
import { t } from '@/i18n';
import { useStarts } from './starts';

export function MonitorsOf({ owner }: { owner: ScheduleOwner }) {
  const navigate = useNavigate();
  const all = useQuery(monitorsQuery());
  const { monitors } = useStarts(owner);
  if (all.isPending) return <SkeletonRows rows={3} label={t('Loading the monitors')} />;
  if (all.isError) return <ErrorState error={all.error} what={t('The monitors')} onRetry={() => void all.refetch()} />;
  if (monitors.length === 0) {
    return (
      <EmptyState
        art={<Radar className="size-8" strokeWidth={1.25} aria-hidden />}
        title={t('No monitor starts it')}
        actions={
          <Button id="add-monitor" variant="primary" onClick={() => void navigate({ to: '/monitors/new' })}>
            <Plus />
            {t('New monitor')}
          </Button>
        }
      >
        {t('A monitor looks into a folder and starts it when a file arrives there. What a monitor starts is chosen on its own page.')}
      </EmptyState>
    );
  }
  return (
    <ul aria-label={t('Monitors that start it')} className="flex flex-col px-4">
      {monitors.map(({ monitor, connection_name }) => (
        <li key={monitor.id} data-starting-monitor={monitor.name} className="flex min-h-11 items-center gap-4 border-b border-grid py-1.5">
          <span className="flex min-w-0 flex-1 flex-col">
            <Link to="/monitors/$monitorId" params={{ monitorId: monitor.id }} className="truncate font-medium text-accent-ink hover:underline" title={monitor.name}>
              {monitor.name}
            </Link>
            <span className="flex min-w-0 gap-1.5 text-sm text-muted">
              <span className="flex-none">{connection_name ?? t('This computer')}</span>
              <MiddlePath text={monitor.watch_target.path} />
            </span>
          </span>
          <StateLabel look={MONITOR_STATES[monitor.state]} title={monitor.last_error ?? undefined} className="flex-none">
            {healthOf(monitor)}
          </StateLabel>
        </li>
      ))}
    </ul>
  );
}
