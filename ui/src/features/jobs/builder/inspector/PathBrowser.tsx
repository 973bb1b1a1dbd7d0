/** Finding a path on this computer or on a server: folders by a click, files, and "all files like this one". */
import { useQuery } from '@tanstack/react-query';
import { CornerLeftUp, File, Folder } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorState } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Skeleton } from '@/components/Skeleton';
import { When } from '@/components/Text';
import { ShowInFiles } from '@/features/files/ShowInFiles';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { bytes } from '@/lib/format';
import { keys, type Entry } from '@/ipc';

export interface PathBrowserProps {
  title: string;
  /** Empty: where the place begins by itself. */
  start: string;
  /** Whose folders: a connection's id, or `local`. */
  place: string;
  load: (path: string) => Promise<Entry[]>;
  /** Files are shown, and only folders are chosen. */
  foldersOnly?: boolean;
  onPick: (path: string) => void;
  onClose: () => void;
}

const above = (path: string): string | null => {
  const bare = path.replace(/[\\/]+$/, '');
  const cut = Math.max(bare.lastIndexOf('/'), bare.lastIndexOf('\\'));
  return bare === '' || cut < 0 ? null : bare.slice(0, cut) || '/';
};
const within = (folder: string, name: string) => `${folder.replace(/\/+$/, '')}/${name}`;
const ending = (name: string) => /^.+?((?:\.[A-Za-z0-9]{1,5}){1,2})$/.exec(name)?.[1] ?? null;

export function PathBrowser({ title, start, place, load, foldersOnly = false, onPick, onClose }: PathBrowserProps) {
  const [path, setPath] = useState(start);
  const [typed, setTyped] = useState<string | null>(null);
  const [chosen, setChosen] = useState<Entry | null>(null);
  const { data, error, refetch } = useQuery({ queryKey: keys.folder(place, path), queryFn: () => load(path), staleTime: 0 });
  const go = (to: string) => {
    setPath(to);
    setTyped(null);
    setChosen(null);
  };
  // The host knows where an empty path leads; its entries tell.
  const folder = path !== '' ? path : (above(data?.[0]?.path ?? '') ?? '');
  const parent = above(folder);
  const entries = [...(data ?? [])].sort((a, b) => Number(b.is_directory) - Number(a.is_directory) || a.name.localeCompare(b.name));
  const like = chosen && !chosen.is_directory ? ending(chosen.name) : null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      width={560}
      id="path-browser"
      footer={
        <>
          {like && <Button onClick={() => onPick(within(folder, `*${like}`))}>{t('Every *{{like}} here', { like })}</Button>}
          <Button
            id="path-use"
            variant="primary"
            onClick={() => onPick(chosen && !chosen.is_directory ? chosen.path : within(chosen?.path ?? folder, ''))}
          >
            {chosen && !chosen.is_directory ? t('Use this file') : t('Use this folder')}
          </Button>
        </>
      }
    >
      <div className="flex items-end gap-2" data-own-undo>
        <Field label={t('Folder')} className="flex-1">
          <Input mono value={typed ?? folder} onChange={(event) => setTyped(event.target.value)} onKeyDown={(event) => event.key === 'Enter' && go(typed ?? folder)} />
        </Field>
        <Button disabled={parent === null} title={parent === null ? t('This is the top') : undefined} onClick={() => parent && go(parent)}>
          <CornerLeftUp />
          {t('Up')}
        </Button>
        {place === 'local' && <ShowInFiles path={chosen?.path ?? folder} className="mb-1.5" />}
      </div>
      <div className="flex h-[300px] flex-none flex-col overflow-y-auto rounded-md border border-line" role="listbox" aria-label={t('In {{folder}}', { folder })}>
        {error ? (
          <ErrorState error={error} what={t('This folder')} onRetry={() => void refetch()} />
        ) : !data ? (
          Array.from({ length: 6 }, (_, row) => (
            <div key={row} className="flex h-7 flex-none items-center gap-2 px-3">
              <Skeleton className="w-48" />
            </div>
          ))
        ) : entries.length === 0 ? (
          <p className="m-auto text-muted">{t('Nothing is in this folder.')}</p>
        ) : (
          entries.map((entry) => (
            <button
              key={entry.path}
              type="button"
              role="option"
              aria-selected={chosen?.path === entry.path}
              data-entry={entry.name}
              disabled={foldersOnly && !entry.is_directory}
              onClick={() => setChosen(entry)}
              onDoubleClick={() => (entry.is_directory ? go(entry.path) : onPick(entry.path))}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && entry.is_directory) {
                  event.preventDefault();
                  go(entry.path);
                }
              }}
              className={cn('flex h-7 flex-none items-center gap-2 px-3 text-left hover:bg-hover disabled:text-faint disabled:hover:bg-transparent', chosen?.path === entry.path && 'bg-selected')}
            >
              {entry.is_directory ? (
                <Folder className="size-3.5 flex-none text-accent-ink" aria-hidden />
              ) : (
                <File className="size-3.5 flex-none text-faint" aria-hidden />
              )}
              <span className="min-w-0 flex-1 truncate">{entry.name}</span>
              <span className="num w-20 flex-none text-right text-sm text-muted">{entry.is_directory ? '' : bytes(entry.size)}</span>
              <When at={entry.modified_at} className="w-28 flex-none text-right text-sm whitespace-nowrap text-faint" />
            </button>
          ))
        )}
      </div>
    </Dialog>
  );
}
