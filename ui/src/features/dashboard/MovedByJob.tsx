/** Which jobs moved the most in the last 24 hours. */
import { Link } from '@tanstack/react-router';
import { SectionHead } from '@/components/Page';
import { t } from '@/i18n';
import type { Activity } from '@/ipc';
import { bytes } from '@/lib/format';

export function MovedByJob({ jobs }: { jobs: Activity['moved'] }) {
  const most = jobs[0]?.bytes ?? 0;
  if (most === 0) return null;
  return (
    <section aria-label={t('Moved by job')}>
      <SectionHead title={t('Moved by job')} count={t('24 h')} />
      <ul>
        {jobs.slice(0, 6).map((job) => (
          <li key={job.job_id}>
            <Link
              to="/executions"
              search={{ job: job.job_id }}
              className="-mx-2 grid h-[26px] grid-cols-[124px_minmax(0,1fr)_60px] items-center gap-2 rounded-[5px] px-2 text-sm hover:bg-hover"
            >
              <span className="truncate" title={job.job_name}>
                {job.job_name}
              </span>
              <span className="h-1.5 overflow-hidden rounded-full bg-track" aria-hidden>
                <span className="block h-full rounded-full bg-accent opacity-75" style={{ width: `${(job.bytes / most) * 100}%` }} />
              </span>
              <span className="num text-right text-muted">{bytes(job.bytes)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
