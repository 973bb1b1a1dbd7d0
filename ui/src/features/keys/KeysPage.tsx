/** PGP and SSH keys: until when they are good, and what uses them. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Import, Plus } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
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
import { host, pgpKeysQuery, sshKeysQuery } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { useWidth } from '@/lib/useWidth';
import { groupOfPgp, pgpColumns, sshColumns } from './columns';
import { fitting } from './fitting';
import { GenerateKey } from './GenerateKey';
import { ImportKey } from './ImportKey';
import { PGP_STATES, pgpRows, SSH_STATES, sshRows, type KeyState } from './listing';
import { PgpInspector } from './PgpInspector';
import { SshInspector } from './SshInspector';

export type KeyKind = 'pgp' | 'ssh';

const FIRST_SORT: Record<KeyKind, Sort> = { pgp: { column: 'expires', descending: false }, ssh: { column: 'name', descending: false } };

export function KeysPage({ kind, selected }: { kind: KeyKind; selected: string | null }) {
  useCrumbs({ label: 'Keys' });
  const navigate = useNavigate();
  const pgp = useQuery(pgpKeysQuery());
  const ssh = useQuery(sshKeysQuery());
  const [text, setText] = useState('');
  const [state, setState] = useState<KeyState>('any');
  const [sorts, setSorts] = useState(FIRST_SORT);
  const [making, setMaking] = useState<'generate' | 'import' | null>(null);
  const { over, dropped, forget } = useDroppedKeys(making, () => setMaking('import'));
  const [list, width] = useWidth<HTMLDivElement>();
  const current = kind === 'pgp' ? pgp : ssh;
  const show = (key: string | null, of: KeyKind = kind) =>
    void navigate({ to: '/keys', search: { ...(of === 'ssh' ? { kind: 'ssh' as const } : {}), ...(key === null ? {} : { key }) }, replace: true });
  useShortcuts({ n: () => setMaking('generate'), i: () => setMaking('import'), Escape: () => show(null) });

  const shown = { text, state, sort: sorts[kind] };
  const pgpShown = pgpRows(pgp.data ?? [], shown);
  const sshShown = sshRows(ssh.data ?? [], shown);
  const rows = kind === 'pgp' ? pgpShown.length : sshShown.length;
  const total = current.data?.length ?? 0;
  const names = useMemo(() => new Map((pgp.data ?? []).map(({ key }) => [key.id, key.name])), [pgp.data]);
  const ofPgp = useMemo(() => pgpColumns((id) => names.get(id)), [names]);
  const pgpChosen = kind === 'pgp' ? pgp.data?.find((row) => row.key.id === selected) : undefined;
  const sshChosen = kind === 'ssh' ? ssh.data?.find((row) => row.key.id === selected) : undefined;
  const filter = { sort: sorts[kind], onSort: (sort: Sort) => setSorts({ ...sorts, [kind]: sort }) };
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
          onChange={(next) => {
            setState('any');
            show(null, next);
          }}
          segments={[
            { value: 'pgp', label: 'PGP', count: pgp.data?.length, id: 'keys-pgp' },
            { value: 'ssh', label: 'SSH', count: ssh.data?.length, id: 'keys-ssh' },
          ]}
        />
        {total > 0 && (
          <>
            <FilterInput value={text} onChange={setText} placeholder={kind === 'pgp' ? 'Name, user or fingerprint' : 'Name or fingerprint'} className="w-[208px]" />
            <FilterChoice id="key-state-filter" label="State" value={state} onChange={setState} options={kind === 'pgp' ? PGP_STATES : SSH_STATES} />
          </>
        )}
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
      <div className={current.isSuccess && total > 0 ? 'flex min-h-0 flex-1' : 'hidden'}>
        <div ref={list} className="flex min-w-0 flex-1 flex-col overflow-hidden">
          {rows === 0 && (
            <div className="flex flex-1 flex-col items-center justify-center gap-3 text-muted">
              No key fits the filter.
              <Button
                onClick={() => {
                  setText('');
                  setState('any');
                }}
              >
                Show all keys
              </Button>
            </div>
          )}
          {rows > 0 && kind === 'pgp' && (
            <DataTable
              label="PGP keys"
              columns={fitting(ofPgp, width)}
              rows={pgpShown}
              keyOf={keyOf}
              nameOf={nameOf}
              rowAttribute="data-key-row"
              groupOf={groupOfPgp}
              current={selected}
              onOpen={(row) => show(row.key.id)}
              onCursor={(row) => row && selected !== null && show(row.key.id)}
              dimmed={({ key }) => key.status === 'retired' || key.status === 'revoked' || key.status === 'deleted'}
              footer={<DropPlace>Drop key files here: armored, binary, keyrings with several keys.</DropPlace>}
              {...filter}
            />
          )}
          {rows > 0 && kind === 'ssh' && (
            <DataTable
              label="SSH keys"
              columns={fitting(sshColumns, width)}
              rows={sshShown}
              keyOf={keyOf}
              nameOf={nameOf}
              rowAttribute="data-key-row"
              current={selected}
              onOpen={(row) => show(row.key.id)}
              onCursor={(row) => row && selected !== null && show(row.key.id)}
              dimmed={({ key }) => key.status !== 'active'}
              footer={<DropPlace>Drop key files here: OpenSSH, PEM, PuTTY.</DropPlace>}
              {...filter}
            />
          )}
          <StatusBar hints={[['N', 'Generate'], ['I', 'Import'], ['Enter', 'Show'], ['/', 'Filter']]}>{`${rows} of ${total} shown`}</StatusBar>
        </div>
        {pgpChosen && <PgpInspector key={pgpChosen.key.id} row={pgpChosen} onGone={() => show(null)} />}
        {sshChosen && <SshInspector key={sshChosen.key.id} row={sshChosen} onGone={() => show(null)} />}
      </div>
      {over && (
        <div role="status" className="pointer-events-none absolute inset-2 z-50 grid place-items-center rounded-lg border-2 border-dashed border-accent bg-bg/80 font-medium">
          <span className="flex items-center gap-2">
            <Import className="size-4" aria-hidden />
            Drop the files to import their keys
          </span>
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
            forget();
          }}
          onMade={(id, of) => show(id, of)}
        />
      )}
    </>
  );
}

/** Files that are carried over the page and dropped. A dialog about something else takes none. */
function useDroppedKeys(making: 'generate' | 'import' | null, onDrop: () => void) {
  const [over, setOver] = useState(false);
  const [dropped, setDropped] = useState<readonly string[]>([]);
  const now = useRef({ making, onDrop });
  now.current = { making, onDrop };
  useEffect(() => {
    const takes = () => now.current.making === 'import' || document.querySelector('[role=dialog], [role=alertdialog]') === null;
    return host().onFilesDropped({
      onOver: (is) => setOver(is && takes()),
      onDrop: (paths) => {
        setOver(false);
        if (paths.length === 0 || !takes()) return;
        setDropped([...new Set(paths)]);
        now.current.onDrop();
      },
    });
  }, []);
  return { over, dropped, forget: () => setDropped([]) };
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
