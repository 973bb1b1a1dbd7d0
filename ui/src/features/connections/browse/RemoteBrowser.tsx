/** The server's folders: look around, fetch and deliver single files, and keep house. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { ArrowDownToLine, CornerLeftUp, File, Folder, FolderPlus, Pencil, RotateCcw, Trash2, Upload } from 'lucide-react';
import { useMemo, useState, type KeyboardEvent } from 'react';
import { Button, IconButton } from '@/components/Button';
import { DataTable, type Sort } from '@/components/DataTable';
import { ConfirmDialog } from '@/components/Dialog';
import { ErrorState } from '@/components/ErrorState';
import type { FittingColumn } from '@/components/fitting';
import { Input } from '@/components/Input';
import { SkeletonRows } from '@/components/Skeleton';
import { When } from '@/components/Text';
import { toast } from '@/components/toast';
import { rich, t } from '@/i18n';
import { browseQuery, invoke, type Entry } from '@/ipc';
import { bytes } from '@/lib/format';
import { nameOf } from '@/lib/paths';
import { NameDialog } from './NameDialog';
import { inFolder, parentOf, sorted } from './paths';
import { TransferList } from './TransferList';
import { move } from './transfers';

const COLUMNS: readonly FittingColumn<Entry>[] = [
  { id: 'name', header: t('Name'), width: 'minmax(120px, 1fr)', sortable: true, least: 120, rank: 0, cell: (entry) => <Name entry={entry} /> },
  { id: 'size', header: t('Size'), width: '96px', align: 'right', sortable: true, least: 96, rank: 1, cell: (entry) => (entry.is_directory ? '' : bytes(entry.size)) },
  { id: 'modified', header: t('Changed'), width: '120px', align: 'right', sortable: true, least: 120, rank: 2, cell: (entry) => <When at={entry.modified_at} /> },
];

type Asking = { what: 'folder' } | { what: 'rename'; entry: Entry } | { what: 'delete'; entry: Entry };

export function RemoteBrowser({ id }: { id: string }) {
  const [path, setPath] = useState('.');
  const [typed, setTyped] = useState('');
  const [sort, setSort] = useState<Sort>({ column: 'name', descending: false });
  const [cursor, setCursor] = useState<Entry | null>(null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const listing = useQuery(browseQuery(id, path));
  const rows = useMemo(() => sorted(listing.data?.entries ?? [], sort), [listing.data, sort]);
  const refused = listing.data?.refused ?? [];
  const go = (to: string) => {
    setPath(to);
    setTyped(to === '.' ? '' : to);
    setCursor(null);
  };
  const again = () => void listing.refetch();
  const remove = useMutation({
    mutationFn: (entry: Entry) => invoke.connectionsRemove(id, entry.path),
    onSuccess: (removed, entry) => {
      setAsking(null);
      toast.done(t('{{name}} deleted', { name: entry.name }), entry.is_directory ? t('{{count}} entries', { count: removed.length }) : undefined);
      again();
    },
  });

  const upload = async () => {
    try {
      const local = await invoke.localPick({ kind: 'open_file', title: t('Deliver a file') });
      if (local === null) return;
      if (await move({ connectionId: id, direction: 'upload', name: nameOf(local), remote: inFolder(path, ''), local })) again();
    } catch (error) {
      toast.failed(error);
    }
  };
  const download = async (entry: Entry) => {
    try {
      const local = await invoke.localPick({ kind: 'open_folder', title: t('Save {{name}} in', { name: entry.name }) });
      if (local !== null) await move({ connectionId: id, direction: 'download', name: entry.name, remote: entry.path, local });
    } catch (error) {
      toast.failed(error);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!cursor || !(event.target as HTMLElement).matches('[role=grid], [role=row]')) return;
    if (event.key === 'F2') setAsking({ what: 'rename', entry: cursor });
    else if (event.key === 'Delete') setAsking({ what: 'delete', entry: cursor });
    else if (event.key === 'Backspace' && path !== '/' && path !== '.') go(parentOf(path));
    else return;
    event.preventDefault();
  };

  return (
    <div role="group" aria-label={t('Remote browser')} className="flex min-h-0 flex-1 flex-col" onKeyDown={onKeyDown}>
      <form
        className="flex flex-none items-center gap-2 border-b border-line px-4 py-2"
        onSubmit={(event) => {
          event.preventDefault();
          go(typed.trim() || '.');
        }}
      >
        <IconButton label={t('One folder up')} size="sm" disabled={path === '/' || path === '.'} onClick={() => go(parentOf(path))}>
          <CornerLeftUp />
        </IconButton>
        <Input small mono aria-label={t('Folder')} placeholder={t('Home folder')} value={typed} onChange={(event) => setTyped(event.target.value)} />
        <IconButton label={t('List again')} size="sm" onClick={again}>
          <RotateCcw />
        </IconButton>
        <Button id="browse-new-folder" size="sm" onClick={() => setAsking({ what: 'folder' })}>
          <FolderPlus />
          {t('New folder')}
        </Button>
        <Button id="browse-upload" size="sm" onClick={() => void upload()}>
          <Upload />
          {t('Upload')}
        </Button>
      </form>
      {listing.isPending && <SkeletonRows rows={8} label={t('Listing the folder')} />}
      {listing.isError && <ErrorState error={listing.error} what={t('The folder')} onRetry={again} />}
      {refused.length > 0 && (
        <p className="selectable flex-none border-b border-line bg-warn-soft px-4 py-1.5 text-sm" title={refused.map(({ name, reason }) => `${name}: ${reason}`).join('\n')}>
          {refused.length > 1 ? rich('{{count}} names left out, not safe to use here: {{name}}, {{reason}}, …', { count: refused.length, name: <span className="mono">{refused[0]?.name}</span>, reason: refused[0]?.reason }) : rich('{{count}} names left out, not safe to use here: {{name}}, {{reason}}', { count: refused.length, name: <span className="mono">{refused[0]?.name}</span>, reason: refused[0]?.reason })}
        </p>
      )}
      {listing.isSuccess && rows.length === 0 && <p className="flex-1 px-4 py-6 text-center text-muted">{refused.length > 0 ? t('Nothing else is here.') : t('This folder is empty.')}</p>}
      {listing.isSuccess && rows.length > 0 && (
        <DataTable
          label={t('Files on the server')}
          columns={COLUMNS}
          rows={rows}
          keyOf={(entry) => entry.path}
          nameOf={(entry) => entry.name}
          rowAttribute="data-remote-row"
          sort={sort}
          onSort={setSort}
          onCursor={setCursor}
          onOpen={(entry) => entry.is_directory && go(entry.path)}
          actions={(entry) => (
            <>
              {!entry.is_directory && (
                <IconButton label={t('Download {{name}}', { name: entry.name })} size="sm" onClick={() => void download(entry)}>
                  <ArrowDownToLine />
                </IconButton>
              )}
              <IconButton label={t('Rename {{name}}', { name: entry.name })} shortcut="F2" size="sm" onClick={() => setAsking({ what: 'rename', entry })}>
                <Pencil />
              </IconButton>
              <IconButton label={t('Delete {{name}}', { name: entry.name })} shortcut="Del" size="sm" onClick={() => setAsking({ what: 'delete', entry })}>
                <Trash2 />
              </IconButton>
            </>
          )}
          footer={<p className="num px-4 py-2 text-sm text-faint">{t('{{count}} entries', { count: rows.length })}</p>}
        />
      )}
      <TransferList connectionId={id} onReplace={(transfer) => void move(transfer, true).then((arrived) => arrived && transfer.direction === 'upload' && again())} />
      {asking?.what === 'folder' && (
        <NameDialog
          title={t('New folder')}
          label={t('Name')}
          action={t('Make folder')}
          onClose={() => setAsking(null)}
          onName={async (name) => {
            await invoke.connectionsMakeFolder(id, inFolder(path, name));
            again();
          }}
        />
      )}
      {asking?.what === 'rename' && (
        <NameDialog
          title={t('Rename {{name}}', { name: asking.entry.name })}
          label={t('New name')}
          action={t('Rename')}
          initial={asking.entry.name}
          onClose={() => setAsking(null)}
          onName={async (name) => {
            await invoke.connectionsRename(id, asking.entry.path, inFolder(parentOf(asking.entry.path), name));
            again();
          }}
        />
      )}
      {asking?.what === 'delete' && (
        <ConfirmDialog
          open
          onClose={() => setAsking(null)}
          onConfirm={() => remove.mutate(asking.entry)}
          title={t('Delete {{name}}?', { name: asking.entry.name })}
          action={asking.entry.is_directory ? t('Delete folder') : t('Delete file')}
          busy={remove.isPending}
          error={remove.error}
        >
          <p>{asking.entry.is_directory ? t('The folder goes with all that is in it. A server has no bin to bring it back from.') : t('A server has no bin to bring it back from.')}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}

function Name({ entry }: { entry: Entry }) {
  const Icon = entry.is_directory ? Folder : File;
  return (
    <span className="flex min-w-0 items-center gap-2">
      <Icon className="size-3.5 flex-none text-faint" aria-label={entry.is_directory ? t('Folder') : t('File')} />
      <span className="truncate" title={entry.name}>
        {entry.name}
      </span>
    </span>
  );
}
