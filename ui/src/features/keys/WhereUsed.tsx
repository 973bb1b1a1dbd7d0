/** What names a key, by what becomes of it: some uses stop with the key, others go on. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleX, Server, TriangleAlert, Workflow } from 'lucide-react';
import { Button } from '@/components/Button';
import { InspectorSection } from '@/components/Inspector';
import { Skeleton } from '@/components/Skeleton';
import { t } from '@/i18n';
import { keyUsesQuery, type PgpKeyStatus, type SshKeyStatus, type Use } from '@/ipc';
import { cn } from '@/lib/cn';

type Status = PgpKeyStatus | SshKeyStatus;

export function WhereUsed({ id, status, until }: { id: string; status: Status; until?: string | undefined }) {
  const uses = useQuery(keyUsesQuery(id));
  if (uses.isPending) {
    return (
      <InspectorSection title={t('Used by')}>
        <Skeleton className="w-40" />
      </InspectorSection>
    );
  }
  if (uses.isError) {
    return (
      <InspectorSection title={t('Used by')}>
        <p className="text-sm text-muted">
          {t('This could not be loaded.')}{' '}
          <Button variant="link" size="sm" onClick={() => void uses.refetch()}>
            {t('Try again')}
          </Button>
        </p>
      </InspectorSection>
    );
  }
  const stopping = uses.data.filter((use) => stops(use, status));
  const lasting = uses.data.filter((use) => !stopping.includes(use));
  const soon = status === 'expiring';
  const Warning = soon ? TriangleAlert : CircleX;
  return (
    <>
      {stopping.length > 0 && (
        <InspectorSection
          title={!soon ? t('Does not run with it') : until ? t('Stops on {{until}}', { until }) : t('Stops when it expires')}
          aside={
            <span className={cn('flex items-center gap-1', soon ? 'text-warn' : 'text-fail')}>
              <Warning className="size-3.5" aria-hidden />
              {t('{{count}} uses', { count: stopping.length })}
            </span>
          }
        >
          <Uses uses={stopping} tint={soon ? 'text-warn' : 'text-fail'} />
        </InspectorSection>
      )}
      {(lasting.length > 0 || stopping.length === 0) && (
        <InspectorSection
          title={stopping.length > 0 ? t('Goes on') : t('Used by')}
          aside={
            stopping.length > 0 ? <span className="text-muted">{t('reads what was sent before')}</span> : lasting.length > 0 ? <span className="num text-faint">{lasting.length}</span> : undefined
          }
        >
          {lasting.length === 0 ? <p className="text-sm text-muted">{t('Nothing uses it.')}</p> : <Uses uses={lasting} />}
        </InspectorSection>
      )}
    </>
  );
}

/** Names of what uses a key, for a question about it. */
export function useUsers(id: string): { names: readonly string[]; known: boolean } {
  const uses = useQuery(keyUsesQuery(id));
  return { names: [...new Set((uses.data ?? []).map((use) => use.job_name ?? use.connection_name ?? ''))], known: uses.isSuccess };
}

export function Users({ names }: { names: readonly string[] }) {
  return (
    <ul className="max-h-40 list-disc overflow-y-auto pl-4">
      {names.map((name) => (
        <li key={name} className="break-words">
          {name}
        </li>
      ))}
    </ul>
  );
}

function Uses({ uses, tint = 'text-faint' }: { uses: readonly Use[]; tint?: string }) {
  const icon = cn('size-3.5 flex-none', tint);
  const line = '-mx-2 flex h-[26px] items-center gap-2 rounded-[5px] px-2 hover:bg-hover';
  return (
    <ul>
      {uses.map((use) => {
        if (use.job_id !== null) {
          return (
            <li key={`${use.job_id} ${use.step_name} ${use.how}`}>
              <Link to="/jobs/$jobId" params={{ jobId: use.job_id }} className={line} title={t('{{job}}, step {{step}}', { job: use.job_name, step: use.step_name })} data-use={use.job_name}>
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
            <Link to="/connections/$connectionId" params={{ connectionId: use.connection_id }} className={line} title={use.connection_name ?? undefined} data-use={use.connection_name}>
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

/** Whether a use ends, or has ended, with a key of this status. */
function stops(use: Use, status: Status): boolean {
  return status === 'revoked' || ((status === 'expiring' || status === 'retired') && wayOf(use).protects);
}

/** A use in one word, and whether it needs a key that is still good. */
function wayOf({ how }: Use): { word: string; protects: boolean } {
  switch (how) {
    case 'recipient_key_ids':
      return { word: t('encrypts'), protects: true };
    case 'signing_key_id':
      return { word: t('signs'), protects: true };
    case 'private_key_ids':
      return { word: t('decrypts'), protects: false };
    case 'signer_key_ids':
      return { word: t('checks signatures'), protects: false };
    case 'ssh_key_id':
      return { word: t('logs in'), protects: true };
    default:
      return { word: how, protects: true };
  }
}
