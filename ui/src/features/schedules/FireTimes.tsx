/** The next times of an expression, as its zone's clocks show them, and as the clock here does where that differs. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { t } from '@/i18n';
import { asAppError, schedulePreviewQuery } from '@/ipc';
import { cn } from '@/lib/cn';
import { LOCAL_ZONE, sameClock, timeIn } from '@/lib/zones';

export function FireTimes({ expression, zone, calendar = null, className }: { expression: string; zone: string; calendar?: string | null; className?: string }) {
  const { data, error } = useQuery({ ...schedulePreviewQuery(expression, zone, calendar), placeholderData: keepPreviousData });
  if (error) return <p className={cn('text-sm text-faint', className)}>{asAppError(error).message}</p>;
  if (data?.length === 0) return <p className={cn('text-sm text-faint', className)}>{calendar === null ? t('It never fires again.') : t('It never fires: the calendar skips every day of it.')}</p>;
  return (
    <ol aria-label={t('Next times')} className={cn('num flex flex-wrap gap-x-4 gap-y-0.5 text-sm', className)}>
      {(data ?? []).map((at) => (
        <li key={at}>
          <FireTime at={at} zone={zone} />
        </li>
      ))}
    </ol>
  );
}

export function FireTime({ at, zone }: { at: string; zone: string }) {
  return (
    <time dateTime={at} className="num whitespace-nowrap">
      {timeIn(at, zone)}
      {!sameClock(at, zone, LOCAL_ZONE) && <span className="text-faint">{' '}
      {t('({{time}} here)', { time: timeIn(at, LOCAL_ZONE) })}</span>}
    </time>
  );
}
