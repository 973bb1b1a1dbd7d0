/** The few numbers that lead the page. */
import { Ban, CircleCheck, CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import { locale, t } from '@/i18n';
import type { Activity } from '@/ipc';
import { bytes } from '@/lib/format';

export function Stats({ activity: { day, files, bytes: moved } }: { activity: Activity }) {
  const [amount, unit] = bytes(moved).split(' ');
  const runs = day.completed + day.failed + day.cancelled + day.unfinished;
  return (
    <section aria-label={t('Last 24 hours')} className="num flex h-16 flex-none items-center border-b border-line px-4">
      <Stat value={runs.toLocaleString(locale)}>{t('runs in 24 hours', { count: runs })}</Stat>
      <Stat value={day.completed.toLocaleString(locale)}>
        <CircleCheck className="size-3.5 text-ok" aria-hidden />
        {t('completed')}
      </Stat>
      <Stat value={day.failed.toLocaleString(locale)}>
        <CircleX className={day.failed > 0 ? 'size-3.5 text-fail' : 'size-3.5 text-faint'} aria-hidden />
        {t('failed')}
      </Stat>
      <Stat value={day.cancelled.toLocaleString(locale)}>
        <Ban className="size-3.5 text-idle" aria-hidden />
        {t('cancelled')}
      </Stat>
      <Stat
        value={
          <>
            {amount} <small className="text-base font-medium tracking-normal text-muted">{unit}</small>
          </>
        }
      >
        {t('moved, {{count}} files', { count: files })}
      </Stat>
    </section>
  );
}

function Stat({ value, children }: { value: ReactNode; children: ReactNode }) {
  return (
    <div className="mr-6 flex flex-col gap-px border-r border-line pr-6 last:mr-0 last:border-r-0">
      <b className="text-xl font-semibold tracking-[-0.02em]">{value}</b>
      <span className="flex items-center gap-1 text-sm whitespace-nowrap text-muted">{children}</span>
    </div>
  );
}
