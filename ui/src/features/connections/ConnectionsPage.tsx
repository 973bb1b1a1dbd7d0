/** Connections: the list at the left, one of them with its form, its test at the right. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Import, Play, Plus } from 'lucide-react';
import { useEffect } from 'react';
import { useChrome, useCrumbs } from '@/app/chrome';
import { ServerArt } from '@/components/Art';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { useSample } from '@/features/jobs/useSample';
import { t } from '@/i18n';
import { connectionQuery, connectionsQuery } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { ConnectionEditor } from './ConnectionEditor';
import { ConnectionList } from './ConnectionList';

const NEW_ID = 'new';
const openImport = () => useChrome.getState().setImport(true);

export function ConnectionsPage({ connectionId }: { connectionId: string | null }) {
  const navigate = useNavigate();
  const list = useQuery(connectionsQuery());
  const first = list.data?.[0]?.connection.id;
  const show = (id: string, replace = false) => void navigate({ to: '/connections/$connectionId', params: { connectionId: id }, replace });
  const create = () => show(NEW_ID);
  useShortcuts({
    n: { does: t('New connection'), act: create },
    'shift+n': { does: t('Import connections of another program'), act: openImport },
  });

  useEffect(() => {
    if (connectionId === null && first !== undefined) show(first, true);
    // oxlint-disable-next-line exhaustive-deps -- `show` is made anew on each render and does the same
  }, [connectionId, first]);

  if (list.isPending) return <WithTitle><SkeletonRows label={t('Loading the connections')} /></WithTitle>;
  if (list.isError) return <WithTitle><ErrorState error={list.error} what={t('The connections')} onRetry={() => void list.refetch()} /></WithTitle>;
  if (list.data.length === 0 && connectionId !== NEW_ID) return <WithTitle><ConnectionsEmpty onNew={create} /></WithTitle>;
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[200px_minmax(0,1fr)] max-[1179px]:grid-cols-[176px_minmax(0,1fr)]">
      <ConnectionList rows={list.data} current={connectionId} onNew={create} onImport={openImport} />
      {connectionId === NEW_ID && <ConnectionEditor key={NEW_ID} view={null} groups={groupsOf(list.data)} onSaved={(id) => show(id, true)} onGone={() => void navigate({ to: '/connections' })} />}
      {connectionId !== null && connectionId !== NEW_ID && (
        <Existing key={connectionId} id={connectionId} groups={groupsOf(list.data)} onGone={() => void navigate({ to: '/connections' })} />
      )}
    </div>
  );
}

function groupsOf(rows: readonly { connection: { group: string | null } }[]): string[] {
  return [...new Set(rows.map((row) => row.connection.group).filter((group) => group !== null))].sort();
}

function Existing({ id, groups, onGone }: { id: string; groups: string[]; onGone: () => void }) {
  const view = useQuery(connectionQuery(id));
  if (view.isPending) return <SkeletonRows label={t('Loading the connection')} />;
  if (view.isError) return <ErrorState error={view.error} what={t('The connection')} onRetry={() => void view.refetch()} />;
  return <ConnectionEditor view={view.data} groups={groups} onSaved={() => undefined} onGone={onGone} />;
}

function WithTitle({ children }: { children: React.ReactNode }) {
  useCrumbs({ label: t('Connections') });
  return (
    <>
      <h1 className="sr-only">{t('Connections')}</h1>
      {children}
    </>
  );
}

function ConnectionsEmpty({ onNew }: { onNew: () => void }) {
  const navigate = useNavigate();
  const sample = useSample((jobId) => void navigate({ to: '/jobs/$jobId', params: { jobId } }));
  return (
    <EmptyState
      art={<ServerArt />}
      title={t('No connections yet')}
      actions={
        <>
          <Button id="new-connection" variant="primary" onClick={onNew}>
            <Plus />
            {t('New connection')}
          </Button>
          <Button id="import-connections" onClick={openImport}>
            <Import />
            {t('Import')}
          </Button>
          <Button id="try-sample" busy={sample.isPending} onClick={() => sample.mutate()}>
            <Play />
            {t('Try the sample')}
          </Button>
        </>
      }
    >
      {t("A connection says how to reach a partner's server, who you are there and which host key to trust. You need host name, user and a password or an SSH key. The test shows each stage, so that you see what to ask the partner for. Servers that OpenSSH, WinSCP or FileZilla know can be imported.")}
    </EmptyState>
  );
}
