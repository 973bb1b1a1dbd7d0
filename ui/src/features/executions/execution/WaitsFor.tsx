/** Why a queued run does not begin: the jobs that must be done before. */
import { Link } from '@tanstack/react-router';
import { Hourglass } from 'lucide-react';
import { Listed } from '@/components/Text';
import { rich } from '@/i18n';
import type { ExecutionView } from '@/ipc';

export function WaitsFor({ view }: { view: ExecutionView }) {
  const { waits_for } = view;
  if (view.execution.state !== 'queued' || waits_for.length === 0) return null;
  return (
    <div id="waits-for" role="status" className="flex min-h-8 flex-none items-center gap-2 border-y border-run-line bg-run-soft px-4 py-1 text-sm">
      <Hourglass className="size-3.5 flex-none text-run" aria-hidden />
      <span>
        {rich('Waiting for {{jobs}} to be done', {
          jobs: (
            <Listed
              items={waits_for}
              of={(job) => (
                <Link to="/jobs/$jobId" params={{ jobId: job.job_id }} className="font-medium text-accent-ink hover:underline">
                  {job.job_name}
                </Link>
              )}
            />
          ),
        })}
      </span>
    </div>
  );
}
