/** The jobs that a connection serves, with the step that names it. */
import { Link } from '@tanstack/react-router';
import { Workflow } from 'lucide-react';
import { EmptyState } from '@/components/EmptyState';
import { t } from '@/i18n';
import type { ConnectionUse } from '@/ipc';

export function UsedBy({ uses }: { uses: readonly ConnectionUse[] }) {
  if (uses.length === 0) return <EmptyState title={t('No job uses it yet')}>{t('Choose this connection in a transfer step of a job.')}</EmptyState>;
  return (
    <ul className="min-h-0 flex-1 overflow-y-auto">
      {uses.map((use) => (
        <li key={`${use.job_id} ${use.step_name}`}>
          <Link to="/jobs/$jobId" params={{ jobId: use.job_id }} className="flex h-8 items-center gap-2 border-b border-grid px-4 hover:bg-hover">
            <Workflow className="size-3.5 flex-none text-faint" aria-hidden />
            <span className="truncate font-medium">{use.job_name}</span>
            <span className="truncate text-sm text-muted">{use.step_name}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
