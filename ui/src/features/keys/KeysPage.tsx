/** PGP and SSH keys: until when they are good, and what uses them. */
import { useQuery } from '@tanstack/react-query';
import { Import, Plus } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import { useCrumbs } from '@/app/chrome';
import { KeyArt } from '@/components/Art';
import { Button } from '@/components/Button';
import { DataTable, type Sort } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { FilterChoice, FilterInput } from '@/components/FilterInput';
import { StatusBar, Toolbar } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { Segmented } from '@/components/Toggle';
import { isDialogOpen, usePageDrop } from '@/features/drops/targets';
import { ifTagged } from '@/features/tags/tagsColumn';
import { t } from '@/i18n';
import { pgpKeysQuery, sshKeysQuery } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { useAskedInAddress } from '@/lib/useAskedInAddress';
import { useAddress, useChoice, useSorting, useText } from '@/lib/useFilters';
import { groupOfPgp, pgpColumns, sshColumns } from './columns';
import { GenerateKey } from './GenerateKey';
import { ImportKey } from './ImportKey';
import { PGP_STATES, pgpRows, SSH_STATES, sshRows, type KeyState } from './listing';
import { PgpInspector } from './PgpInspector';
import { SshInspector } from './SshInspector';

export type KeyKind = 'pgp' | 'ssh';

const FIRST_SORT: Record<KeyKind, Sort> = { pgp: { column: 'expires', descending: false }, ssh: { column: 'name', descending: false } };

export function KeysPage({ kind, selected, make }: { kind: KeyKind; selected: string | null; make: 'generate' | 'import' | null }) {
  useCrumbs({ label: t('Keys') });
  const pgp = useQuery(pgpKeysQuery());
  const ssh = useQuery(sshKeysQuery());
  const [text, setText] = useText();
  const [state, setState] = useChoice<KeyState>('state', kind === 'pgp' ? PGP_STATES : SSH_STATES, 'any');
  const [sort, onSort] = useSorting(FIRST_SORT[kind]);
  const [, change] = useAddress();
  const [making, setMaking] = useState<'generate' | 'import' | null>(null);
  const [dropped, setDropped] = useState<readonly string[]>([]);
  usePageDrop({
    words: t('Drop the files to import their keys'),
    // A dialog about something else takes none.
    takes: () => making === 'import' || !isDialogOpen(),
    take: (paths) => {
      setDropped([...new Set(paths)]);
      setMaking('import');
    },
  });
  const current = kind === 'pgp' ? pgp : ssh;
  const show = (key: string | null, of: KeyKind = kind) => change({ kind: of === 'ssh' ? of : undefined, key: key ?? undefined });
  useAskedInAddress(make, setMaking, () => change({ make: undefined }));
  useShortcuts({
    n: { does: t('Generate a key'), act: () => setMaking('generate') },
    i: { does: t('Import a key'), act: () => setMaking('import') },
    Escape: { does: t('Close the details'), act: () => show(null) },
  });

  const shown = { text, state, sort };
  const pgpShown = pgpRows(pgp.data ?? [], shown);
  const sshShown = sshRows(ssh.data ?? [], shown);
  const rows = kind === 'pgp' ? pgpShown.length : sshShown.length;
  const total = current.data?.length ?? 0;
  const names = useMemo(() => new Map((pgp.data ?? []).map(({ key }) => [key.id, key.name])), [pgp.data]);
  const ofPgp = useMemo(() => pgpColumns((id) => names.get(id)), [names]);
  const pgpChosen = kind === 'pgp' ? pgp.data?.find((row) => row.key.id === selected) : undefined;
  const sshChosen = kind === 'ssh' ? ssh.data?.find((row) => row.key.id === selected) : undefined;
  const filter = { sort, onSort };
  const actions = (
    <>
      <Button id="import-key" onClick={() => setMaking('import')}>
        <Import />
        {t('Import')}
      </Button>
      <Button id="generate-key" variant="primary" onClick={() => setMaking('generate')}>
        <Plus />
        {t('Generate key')}
      </Button>
    </>
  );

  return (
    <>
      <h1 className="sr-only">{t('Keys')}</h1>
      <Toolbar>
        <Segmented
          label={t('Kind of key')}
          value={kind}
          onChange={(next) => change({ kind: next === 'ssh' ? next : undefined, key: undefined, state: undefined, sort: undefined })}
          segments={[
            { value: 'pgp', label: 'PGP', count: pgp.data?.length, id: 'keys-pgp' },
            { value: 'ssh', label: 'SSH', count: ssh.data?.length, id: 'keys-ssh' },
          ]}
        />
        {total > 0 && (
          <>
            <FilterInput value={text} onChange={setText} placeholder={kind === 'pgp' ? t('Name, user, tag or fingerprint') : t('Name, tag or fingerprint')} className="w-[236px]" />
            <FilterChoice id="key-state-filter" label={t('State')} value={state} onChange={setState} options={kind === 'pgp' ? PGP_STATES : SSH_STATES} />
          </>
        )}
        {(total > 0 || current.isError) && <span className="ml-auto flex gap-2">{actions}</span>}
      </Toolbar>
      {current.isPending && <SkeletonRows label={t('Loading the keys')} />}
      {current.isError && <ErrorState error={current.error} what={t('The keys')} onRetry={() => void current.refetch()} />}
      {current.isSuccess && total === 0 && (
        <EmptyState
          art={<KeyArt />}
          title={kind === 'pgp' ? t('No PGP keys yet') : t('No SSH keys yet')}
          actions={<span className="flex flex-row-reverse gap-2">{actions}</span>}
          note={kind === 'pgp' ? t('Armored, binary and keyrings with several keys; or drop the files here.') : t('OpenSSH, PEM and PuTTY keys; or drop the files here.')}
        >
          {kind === 'pgp'
            ? t('Generate a key pair of your own and send partners its public key: they encrypt to it. Import the public keys of partners to encrypt to them and to check their signatures.')
            : t('A connection can log in with an SSH key instead of a password. Generate one here and send its public key to the partner.')}
        </EmptyState>
      )}
      <div className={current.isSuccess && total > 0 ? 'flex min-h-0 flex-1' : 'hidden'}>
        <div className="flex min-w-0 flex-1 flex-col overflow-hidden">
          {rows === 0 && (
            <div className="flex flex-1 flex-col items-center justify-center gap-3 text-muted">
              {t('No key fits the filter.')}
              <Button
                onClick={() => {
                  setText('');
                  setState('any');
                }}
              >
                {t('Show all keys')}
              </Button>
            </div>
          )}
          {rows > 0 && kind === 'pgp' && (
            <DataTable
              label={t('PGP keys')}
              columns={ifTagged(ofPgp, pgp.data ?? [])}
              rows={pgpShown}
              keyOf={keyOf}
              nameOf={nameOf}
              rowAttribute="data-key-row"
              groupOf={groupOfPgp}
              current={selected}
              onOpen={(row) => show(row.key.id)}
              onCursor={(row) => row && selected !== null && show(row.key.id)}
              dimmed={({ key }) => key.status === 'retired' || key.status === 'revoked' || key.status === 'deleted'}
              footer={<DropPlace>{t('Drop key files here: armored, binary, keyrings with several keys.')}</DropPlace>}
              {...filter}
            />
          )}
          {rows > 0 && kind === 'ssh' && (
            <DataTable
              label={t('SSH keys')}
              columns={ifTagged(sshColumns, ssh.data ?? [])}
              rows={sshShown}
              keyOf={keyOf}
              nameOf={nameOf}
              rowAttribute="data-key-row"
              current={selected}
              onOpen={(row) => show(row.key.id)}
              onCursor={(row) => row && selected !== null && show(row.key.id)}
              dimmed={({ key }) => key.status !== 'active'}
              footer={<DropPlace>{t('Drop key files here: OpenSSH, PEM, PuTTY.')}</DropPlace>}
              {...filter}
            />
          )}
          <StatusBar hints={[['N', t('Generate')], ['I', t('Import')], ['Enter', t('Show')], ['/', t('Filter')]]}>{t('{{rows}} of {{total}} shown', { rows, total })}</StatusBar>
        </div>
        {pgpChosen && <PgpInspector key={pgpChosen.key.id} row={pgpChosen} onGone={() => show(null)} />}
        {sshChosen && <SshInspector key={sshChosen.key.id} row={sshChosen} onGone={() => show(null)} />}
      </div>
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

function DropPlace({ children }: { children: ReactNode }) {
  return (
    <div className="m-4 flex min-h-11 items-center justify-center gap-2 rounded-md border border-dashed border-line-control px-3 text-sm text-faint">
      <Import className="size-3.5 flex-none" aria-hidden />
      <span>{children}</span>
    </div>
  );
}

const keyOf = (row: { key: { id: string } }) => row.key.id;
const nameOf = (row: { key: { name: string } }) => row.key.name;
