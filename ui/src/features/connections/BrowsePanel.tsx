/** The server's folders, to look at. */
import { useQuery } from '@tanstack/react-query';
import { CornerLeftUp, File, Folder, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { Input } from '@/components/Input';
import { SkeletonRows } from '@/components/Skeleton';
import { When } from '@/components/Text';
import { browseQuery, type Entry } from '@/ipc';
import { bytes, count } from '@/lib/format';

const parent = (path: string) => path.replace(/\/+$/, '').replace(/\/[^/]*$/, '') || '/';

export function BrowsePanel({ id }: { id: string }) {
  const [path, setPath] = useState('.');
  const [typed, setTyped] = useState('');
  const listing = useQuery(browseQuery(id, path));
  const go = (to: string) => {
    setPath(to);
    setTyped(to === '.' ? '' : to);
  };
  const entries = [...(listing.data ?? [])].sort((a, b) => Number(b.is_directory) - Number(a.is_directory) || a.name.localeCompare(b.name, undefined, { numeric: true }));
  return (
    <>
      <form
        className="flex flex-none items-center gap-2 border-b border-line px-4 py-2"
        onSubmit={(event) => {
          event.preventDefault();
          go(typed.trim() || '.');
        }}
      >
        <IconButton label="One folder up" size="sm" disabled={path === '/' || path === '.'} onClick={() => go(parent(path))}>
          <CornerLeftUp />
        </IconButton>
        <Input small mono aria-label="Folder" placeholder="Home folder" value={typed} onChange={(event) => setTyped(event.target.value)} />
        <IconButton label="List again" size="sm" onClick={() => void listing.refetch()}>
          <RotateCcw />
        </IconButton>
      </form>
      {listing.isPending && <SkeletonRows rows={8} label="Listing the folder" />}
      {listing.isError && <ErrorState error={listing.error} what="The folder" onRetry={() => void listing.refetch()} />}
      {listing.isSuccess && (
        <ul className="min-h-0 flex-1 overflow-y-auto">
          {entries.map((entry) => (
            <EntryLine key={entry.path} entry={entry} onOpen={() => go(entry.path)} />
          ))}
          {entries.length === 0 && <li className="px-4 py-6 text-center text-muted">This folder is empty.</li>}
          {entries.length > 0 && <li className="num px-4 py-2 text-sm text-faint">{count(entries.length, 'entry', 'entries')}</li>}
        </ul>
      )}
    </>
  );
}

function EntryLine({ entry, onOpen }: { entry: Entry; onOpen: () => void }) {
  const Icon = entry.is_directory ? Folder : File;
  return (
    <li className="grid h-7 grid-cols-[16px_minmax(0,1fr)_88px_96px] items-center gap-2 border-b border-grid px-4 hover:bg-hover">
      <Icon className="size-3.5 text-faint" aria-hidden />
      {entry.is_directory ? (
        <Button variant="link" className="justify-start" onClick={onOpen}>
          <span className="truncate">{entry.name}</span>
        </Button>
      ) : (
        <span className="selectable truncate" title={entry.name}>
          {entry.name}
        </span>
      )}
      <span className="num text-right text-sm">{entry.is_directory ? '' : bytes(entry.size)}</span>
      <span className="text-right text-sm text-muted">
        <When at={entry.modified_at} />
      </span>
    </li>
  );
}
