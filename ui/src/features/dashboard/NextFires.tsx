/** The next few times that something starts by itself. */
import { Link } from '@tanstack/react-router';
import { SectionHead } from '@/components/Page';
import { When } from '@/components/Text';
import { scheduleWords } from '@/features/schedules/cron-words';
import { t } from '@/i18n';
import type { JobRow, ScheduleRow } from '@/ipc';
import { countdown } from '@/lib/format';
import { useNow } from '@/lib/useNow';

const MOST = 5;
const SOON = 60_000;

export function NextFires({ schedules, jobs }: { schedules: readonly ScheduleRow[]; jobs: readonly JobRow[] }) {
  const next = schedules
    .filter((schedule) => schedule.next_fire_at !== null)
    .sort((a, b) => (a.next_fire_at ?? '').localeCompare(b.next_fire_at ?? ''))
    .slice(0, MOST);
  const first = Date.parse(next[0]?.next_fire_at ?? '');
  const now = useNow(next.length > 0, first - Date.now() < SOON ? 1_000 : 10_000);
  if (next.length === 0) return null;
  return (
    <section aria-label={t('Next')}>
      <SectionHead title={t('Next')} count={t('{{count}} schedules', { count: schedules.filter((schedule) => schedule.next_fire_at !== null).length })} />
      <ul>
        {next.map((schedule) => (
          <li key={schedule.id} data-next={schedule.name} className="grid h-[26px] grid-cols-[64px_minmax(0,1fr)_auto] items-center gap-2 text-sm" title={scheduleWords(schedule)}>
            <When at={schedule.next_fire_at} className="text-faint" />
            {schedule.job_id !== null ? (
              <Link to="/jobs/$jobId" params={{ jobId: schedule.job_id }} className="truncate hover:underline">
                {schedule.name}
              </Link>
            ) : (
              <Link to="/chains/$chainId" params={{ chainId: schedule.chain_id ?? '' }} className="truncate hover:underline">
                {schedule.name}
              </Link>
            )}
            <span className="num text-right text-muted">
              {jobs.some((job) => job.id === schedule.job_id && !job.is_enabled) ? t('job is disabled') : countdown(Date.parse(schedule.next_fire_at ?? '') - now)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
