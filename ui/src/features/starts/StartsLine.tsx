/** By what something starts, in a line, with the way to each. */
import { Link } from '@tanstack/react-router';
import { CalendarClock, Radar } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '@/i18n';
import type { ScheduleOwner } from '@/ipc';
import { cn } from '@/lib/cn';
import { schedulesWords, useStarts } from './starts';

/** More monitors are counted. */
const MOST = 2;

/** `onSchedules` shows the schedules of the page that this stands on. */
export function StartsLine({ owner, onSchedules, onMonitors, className }: { owner: ScheduleOwner; onSchedules: () => void; onMonitors: () => void; className?: string }) {
  const { schedules, monitors } = useStarts(owner);
  const words = schedulesWords(schedules);
  const looking = monitors.filter(({ monitor }) => monitor.state !== 'disabled');
  return (
    <span id="starts-by" className={cn('flex min-w-0 items-center gap-3 text-sm whitespace-nowrap text-muted', className)}>
      <span className="flex-none">{t('Starts by')}</span>
      {words === null && looking.length === 0 && <Part onClick={onSchedules} title={t('Add a schedule, or bind a monitor')}>{t('hand only')}</Part>}
      {words !== null && (
        <Part icon={<CalendarClock />} onClick={onSchedules} title={t('Show its schedules')}>
          {words}
        </Part>
      )}
      {looking.slice(0, MOST).map(({ monitor }) => (
        <Link key={monitor.id} to="/monitors/$monitorId" params={{ monitorId: monitor.id }} className={part} title={t('Files of the monitor {{name}}', { name: monitor.name })}>
          <Radar aria-hidden />
          <span className="truncate">{monitor.name}</span>
        </Link>
      ))}
      {looking.length > MOST && <Part onClick={onMonitors} title={t('Show its monitors')}>{t('{{count}} more', { count: looking.length - MOST })}</Part>}
    </span>
  );
}

const part = 'inline-flex min-w-0 items-center gap-1 rounded-sm text-ink hover:text-accent-ink hover:underline [&_svg]:size-3.5 [&_svg]:flex-none [&_svg]:text-faint';

function Part({ icon, onClick, title, children }: { icon?: ReactNode; onClick: () => void; title: string; children: ReactNode }) {
  return (
    <button type="button" className={part} title={title} onClick={onClick}>
      {icon}
      <span className="truncate">{children}</span>
    </button>
  );
}
