/** The panel beside a list of keys. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Server, TriangleAlert, Workflow } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Skeleton } from '@/components/Skeleton';
import { keyUsesQuery, type Use } from '@/ipc';
import { cn } from '@/lib/cn';
import { count } from '@/lib/format';

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

/** What names a key, by what happens to it when an expiring key expires: some uses stop, others go on. */
export function WhereUsed({ id, expiring, until }: { id: string; expiring: boolean; until?: string }) {
  const uses = useQuery(keyUsesQuery(id));
  if (uses.isPending) {
    return (
      <InspectorSection title="Used by">
        <Skeleton className="w-40" />
      </InspectorSection>
    );
  }
  if (uses.isError) {
    return (
      <InspectorSection title="Used by">
        <p className="text-sm text-muted">
          This could not be loaded.{' '}
          <Button variant="link" size="sm" onClick={() => void uses.refetch()}>
            Try again
          </Button>
        </p>
      </InspectorSection>
    );
  }
  const stopping = expiring ? uses.data.filter((use) => wayOf(use).protects) : [];
  const lasting = uses.data.filter((use) => !stopping.includes(use));
  return (
    <>
      {stopping.length > 0 && (
        <InspectorSection
          title={until ? `Stops on ${until}` : 'Stops when it expires'}
          aside={
            <span className="flex items-center gap-1 text-warn">
              <TriangleAlert className="size-3.5" aria-hidden />
              {count(stopping.length, 'use')}
            </span>
          }
        >
          <Uses uses={stopping} warns />
        </InspectorSection>
      )}
      {(lasting.length > 0 || stopping.length === 0) && (
        <InspectorSection
          title={stopping.length > 0 ? 'Goes on' : 'Used by'}
          aside={
            stopping.length > 0 ? <span className="text-muted">reads what was sent before</span> : lasting.length > 0 ? <span className="num text-faint">{lasting.length}</span> : undefined
          }
        >
          {lasting.length === 0 ? <p className="text-sm text-muted">Nothing uses it yet.</p> : <Uses uses={lasting} />}
        </InspectorSection>
      )}
    </>
  );
}

function Uses({ uses, warns = false }: { uses: readonly Use[]; warns?: boolean }) {
  const icon = cn('size-3.5 flex-none', warns ? 'text-warn' : 'text-faint');
  const line = '-mx-2 flex h-[26px] items-center gap-2 rounded-[5px] px-2 hover:bg-hover';
  return (
    <ul>
      {uses.map((use) => {
        if (use.job_id !== null) {
          return (
            <li key={`${use.job_id} ${use.step_name} ${use.how}`}>
              <Link to="/jobs/$jobId" params={{ jobId: use.job_id }} className={line} title={`Step ${use.step_name}`}>
                <Workflow className={icon} aria-hidden />
                <span className="truncate font-medium">{use.job_name}</span>
                <span className="flex-none text-sm text-muted">· {wayOf(use).word}</span>
              </Link>
            </li>
          );
        }
        if (use.connection_id === null) return null;
        return (
          <li key={use.connection_id}>
            <Link to="/connections/$connectionId" params={{ connectionId: use.connection_id }} className={line}>
              <Server className={icon} aria-hidden />
              <span className="truncate font-medium">{use.connection_name}</span>
              <span className="flex-none text-sm text-muted">· {wayOf(use).word}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

/** A use in one word, and whether it needs a key that is still good. */
function wayOf({ how }: Use): { word: string; protects: boolean } {
  switch (how) {
    case 'recipient_key_ids':
      return { word: 'encrypts', protects: true };
    case 'signing_key_id':
      return { word: 'signs', protects: true };
    case 'private_key_ids':
      return { word: 'decrypts', protects: false };
    case 'signer_key_ids':
      return { word: 'checks signatures', protects: false };
    case 'ssh_key_id':
      return { word: 'logs in', protects: true };
    default:
      return { word: how, protects: true };
  }
}
