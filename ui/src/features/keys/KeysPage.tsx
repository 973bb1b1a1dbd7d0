/** PGP and SSH keys: until when they are good, and what uses them. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Import, Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { KeyArt } from '@/components/Art';
import { Button } from '@/components/Button';
import { DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { FilterInput } from '@/components/FilterInput';
import { StatusBar, Toolbar } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { Segmented } from '@/components/Toggle';
import { host, pgpKeysQuery, sshKeysQuery } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { GenerateKey } from './GenerateKey';
import { ImportKey } from './ImportKey';
import { groupOfPgp, pgpColumns, sshColumns } from './columns';
import { PgpInspector } from './PgpInspector';
import { SshInspector } from './SshInspector';
import { pgpRows, sshRows } from './listing';

export type KeyKind = 'pgp' | 'ssh';

export function KeysPage({ kind, selected }: { kind: KeyKind; selected: string | null }) {
  useCrumbs({ label: 'Keys' });
  const navigate = useNavigate();
  const pgp = useQuery(pgpKeysQuery());
  const ssh = useQuery(sshKeysQuery());
  const [text, setText] = useState('');
  const [making, setMaking] = useState<'generate' | 'import' | null>(null);
  const [dropped, setDropped] = useState<readonly string[]>([]);
  useEffect(
    () =>
      host().onFilesDropped((paths) => {
        setDropped(paths);
        setMaking('import');
      }),
    [],
  );
  const current = kind === 'pgp' ? pgp : ssh;
  const show = (key: string | null, of: KeyKind = kind) =>
    void navigate({ to: '/keys', search: { ...(of === 'ssh' ? { kind: 'ssh' as const } : {}), ...(key === null ? {} : { key }) }, replace: true });
  useShortcuts({ n: () => setMaking('generate'), i: () => setMaking('import'), Escape: () => show(null) });

  const pgpShown = pgpRows(pgp.data ?? [], text);
  const sshShown = sshRows(ssh.data ?? [], text);
  const shown = kind === 'pgp' ? pgpShown.length : sshShown.length;
  const total = current.data?.length ?? 0;
  const pgpChosen = kind === 'pgp' ? pgp.data?.find((row) => row.key.id === selected) : undefined;
  const sshChosen = kind === 'ssh' ? ssh.data?.find((row) => row.key.id === selected) : undefined;
  const actions = (
    <>
      <Button id="import-key" onClick={() => setMaking('import')}>
        <Import />
        Import
      </Button>
      <Button id="generate-key" variant="primary" onClick={() => setMaking('generate')}>
        <Plus />
        Generate key
      </Button>
    </>
  );

  return (
    <>
      <h1 className="sr-only">Keys</h1>
      <Toolbar>
        <Segmented
          label="Kind of key"
          value={kind}
          onChange={(next) => show(null, next)}
          segments={[
            { value: 'pgp', label: 'PGP', count: pgp.data?.length, id: 'keys-pgp' },
            { value: 'ssh', label: 'SSH', count: ssh.data?.length, id: 'keys-ssh' },
          ]}
        />
        {total > 0 && <FilterInput value={text} onChange={setText} placeholder={kind === 'pgp' ? 'Name, user or fingerprint' : 'Name or fingerprint'} className="w-[208px]" />}
        {(total > 0 || current.isError) && <span className="ml-auto flex gap-2">{actions}</span>}
      </Toolbar>
      {current.isPending && <SkeletonRows label="Loading the keys" />}
      {current.isError && <ErrorState error={current.error} what="The keys" onRetry={() => void current.refetch()} />}
      {current.isSuccess && total === 0 && (
        <EmptyState
          art={<KeyArt />}
          title={kind === 'pgp' ? 'No PGP keys yet' : 'No SSH keys yet'}
          actions={<span className="flex flex-row-reverse gap-2">{actions}</span>}
          note={kind === 'pgp' ? 'Armored, binary and keyrings with several keys; or drop the files here.' : 'OpenSSH, PEM and PuTTY keys; or drop the files here.'}
        >
          {kind === 'pgp'
            ? 'Generate a key pair of your own and send partners its public key: they encrypt to it. Import the public keys of partners to encrypt to them and to check their signatures.'
            : 'A connection can log in with an SSH key instead of a password. Generate one here and send its public key to the partner.'}
        </EmptyState>
      )}
      {current.isSuccess && total > 0 && (
        <div className="flex min-h-0 flex-1">
          <div className="flex min-w-0 flex-1 flex-col">
            {shown === 0 && <p className="p-8 text-center text-muted">No key fits the filter.</p>}
            {shown > 0 && kind === 'pgp' && (
              <DataTable
                label="PGP keys"
                columns={pgpColumns}
                rows={pgpShown}
                keyOf={keyOf}
                nameOf={nameOf}
                rowAttribute="data-key-row"
                groupOf={groupOfPgp}
                current={selected}
                onOpen={(row) => show(row.key.id)}
                onCursor={(row) => row && selected !== null && show(row.key.id)}
                dimmed={({ key }) => key.status === 'retired' || key.status === 'revoked' || key.status === 'deleted'}
              />
            )}
            {shown > 0 && kind === 'ssh' && (
              <DataTable
                label="SSH keys"
                columns={sshColumns}
                rows={sshShown}
                keyOf={keyOf}
                nameOf={nameOf}
                rowAttribute="data-key-row"
                current={selected}
                onOpen={(row) => show(row.key.id)}
                onCursor={(row) => row && selected !== null && show(row.key.id)}
                dimmed={({ key }) => key.status !== 'active'}
              />
            )}
            <StatusBar hints={[['N', 'Generate'], ['I', 'Import'], ['Enter', 'Show'], ['/', 'Filter']]}>{`${shown} of ${total} shown`}</StatusBar>
          </div>
          {pgpChosen && <PgpInspector key={pgpChosen.key.id} row={pgpChosen} onGone={() => show(null)} />}
          {sshChosen && <SshInspector key={sshChosen.key.id} row={sshChosen} onGone={() => show(null)} />}
        </div>
      )}
      {making === 'generate' && <GenerateKey kind={kind} onClose={() => setMaking(null)} onMade={(id) => show(id)} />}
      {making === 'import' && (
        <ImportKey
          key={dropped.join('\n')}
          kind={kind}
          dropped={dropped}
          onClose={() => {
            setMaking(null);
            setDropped([]);
          }}
          onMade={(id, of) => show(id, of)}
        />
      )}
    </>
  );
}

const keyOf = (row: { key: { id: string } }) => row.key.id;
const nameOf = (row: { key: { name: string } }) => row.key.name;
