/** The panel beside a list of keys. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Server, Workflow } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Skeleton } from '@/components/Skeleton';
import { keyUsesQuery } from '@/ipc';
import { cn } from '@/lib/cn';

export function Inspector({ title, actions, children }: { title: string; actions: ReactNode; children: ReactNode }) {
  return (
    <aside aria-label={title} className="flex w-[300px] flex-none flex-col border-l border-line" data-inspector={title}>
      <div className="flex h-11 flex-none items-center gap-1 border-b border-line px-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold" title={title}>
          {title}
        </h2>
        {actions}
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
    </aside>
  );
}

export function InspectorSection({ title, aside, children, className }: { title?: string; aside?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={cn('flex flex-col gap-2 border-b border-line px-4 py-3 last:border-b-0', className)}>
      {title && (
        <div className="flex items-center">
          <h3 className="font-semibold">{title}</h3>
          {aside && <span className="ml-auto text-sm">{aside}</span>}
        </div>
      )}
      {children}
    </section>
  );
}

/** What names a key: steps of jobs, and connections. */
export function WhereUsed({ id, stops }: { id: string; stops: boolean }) {
  const uses = useQuery(keyUsesQuery(id));
  const icon = cn('size-3.5 flex-none', stops ? 'text-warn' : 'text-faint');
  return (
    <InspectorSection title={stops ? 'Affected when it expires' : 'Used by'} aside={uses.data && uses.data.length > 0 ? <span className={cn('num', stops ? 'text-warn' : 'text-faint')}>{uses.data.length}</span> : undefined}>
      {uses.isPending && <Skeleton className="w-40" />}
      {uses.isError && (
        <p className="text-sm text-muted">
          This could not be loaded.{' '}
          <Button variant="link" size="sm" onClick={() => void uses.refetch()}>
            Try again
          </Button>
        </p>
      )}
      {uses.data?.length === 0 && <p className="text-sm text-muted">Nothing uses it yet.</p>}
      {stops && uses.data && uses.data.length > 0 && (
        <p className="text-sm text-muted">Encrypting and signing with it stop then. What was sent before can still be decrypted.</p>
      )}
      <ul>
        {uses.data?.map((use) =>
          use.job_id !== null ? (
            <li key={`${use.job_id} ${use.step_name}`}>
              <Link to="/jobs/$jobId" params={{ jobId: use.job_id }} className="-mx-2 flex h-[26px] items-center gap-2 rounded-[5px] px-2 hover:bg-hover">
                <Workflow className={icon} aria-hidden />
                <span className="truncate font-medium">{use.job_name}</span>
                <span className="truncate text-sm text-muted">{use.step_name}</span>
              </Link>
            </li>
          ) : use.connection_id !== null ? (
            <li key={use.connection_id}>
              <Link
                to="/connections/$connectionId"
                params={{ connectionId: use.connection_id }}
                className="-mx-2 flex h-[26px] items-center gap-2 rounded-[5px] px-2 hover:bg-hover"
              >
                <Server className={icon} aria-hidden />
                <span className="truncate font-medium">{use.connection_name}</span>
              </Link>
            </li>
          ) : null,
        )}
      </ul>
    </InspectorSection>
  );
}
