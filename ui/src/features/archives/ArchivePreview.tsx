/** What is in an archive, without unpacking it. */
import { useQuery } from '@tanstack/react-query';
import { CircleX, Folder, Link2, Lock } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Button } from '@/components/Button';
import { DataTable, type Column, type Sort } from '@/components/DataTable';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input, SecretInput } from '@/components/Input';
import { Notice } from '@/components/Notice';
import { Skeleton } from '@/components/Skeleton';
import { locale, t } from '@/i18n';
import { archiveQuery, asAppError, sentence, type ArchiveListing, type ArchiveListingEntry } from '@/ipc';
import { bytes, day, exactTime } from '@/lib/format';
import { nameOf } from '@/lib/paths';

/** From this many on a list is worth a filter. */
const MANY = 12;

/** An entry with its place in the archive: two entries may have one name. */
interface Entry extends ArchiveListingEntry {
  place: number;
}

export function ArchivePreview({ path, onClose }: { path: string; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [password, setPassword] = useState<string | null>(null);
  const listing = useQuery(archiveQuery(path, password));
  const failure = listing.error ? asAppError(listing.error) : null;
  const wantsPassword = failure?.code === 'archive_password';
  // The form stays while a password is tried, so that nothing jumps.
  const asks = wantsPassword || (password !== null && listing.isPending);
  return (
    <Dialog
      open
      onClose={onClose}
      id="archive-preview"
      width={760}
      title={<span title={path}>{nameOf(path)}</span>}
      description={listing.data ? <Totals listing={listing.data} /> : t('Nothing is unpacked for this.')}
      footer={
        <>
          {failure && !wantsPassword && <Button onClick={() => void listing.refetch()}>{t('Try again')}</Button>}
          <Button onClick={onClose}>{t('Close')}</Button>
        </>
      }
    >
      {listing.isPending && !asks && <Waiting />}
      {asks && (
        <form
          className="flex items-start gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (typed !== '') setPassword(typed);
          }}
        >
          <Field label={t('Password')} className="flex-1" error={wantsPassword && password !== null ? sentence(failure.message) : null} help={t('Its list of files is encrypted. The password is not kept.')}>
            <SecretInput id="archive-password" autoFocus value={typed} onChange={(event) => setTyped(event.target.value)} />
          </Field>
          <Button type="submit" variant="primary" className="mt-[22px]" disabled={typed === ''} title={typed === '' ? t('Enter the password first') : undefined} busy={listing.isPending}>
            {t('Open')}
          </Button>
        </form>
      )}
      {failure && !wantsPassword && <ErrorNotice error={failure} />}
      {listing.data && <Entries listing={listing.data} />}
    </Dialog>
  );
}

function Waiting() {
  return (
    <div role="status" aria-busy="true" data-skeleton className="flex h-[360px] flex-none flex-col rounded-md border border-line px-4 pt-2">
      <span className="sr-only">{t('Looking into the archive')}</span>
      {['w-64', 'w-80', 'w-56', 'w-72', 'w-60'].map((width) => (
        <div key={width} className="flex h-8 items-center">
          <Skeleton className={width} />
          <Skeleton className="ml-auto w-14" />
        </div>
      ))}
    </div>
  );
}

function Totals({ listing }: { listing: ArchiveListing }) {
  const { format, total_entries, entries, archive_size, total_size, truncated } = listing;
  const number = truncated ? t('{{count}} entries, the first {{shown}} are shown', { count: total_entries, shown: entries.length.toLocaleString(locale) }) : t('{{count}} entries', { count: total_entries });
  const sizes = t('{{packed}} packed, {{unpacked}} unpacked', { packed: bytes(archive_size), unpacked: bytes(total_size) });
  return <>{`${format} · ${number} · ${sizes}`}</>;
}

function Entries({ listing }: { listing: ArchiveListing }) {
  const [text, setText] = useState('');
  const [sort, setSort] = useState<Sort>({ column: 'place', descending: false });
  const all = useMemo(() => listing.entries.map((entry, place): Entry => ({ ...entry, place })), [listing.entries]);
  const shown = useMemo(() => rowsOf(all, text, sort), [all, text, sort]);
  const refused = all.filter((entry) => entry.refused !== null);
  const encrypted = all.filter((entry) => entry.encrypted).length;
  const [first] = refused;
  return (
    <>
      {first && (
        <Notice tone="fail" title={t('This archive would be refused')}>
          <span className="break-words">
            {first.name === '' ? (refused.length > 1 ? t('An entry: {{refused}}. And {{number}} more. Nothing of it would be unpacked.', { refused: first.refused, number: refused.length - 1 }) : t('An entry: {{refused}}. Nothing of it would be unpacked.', { refused: first.refused })) : (refused.length > 1 ? t('{{name}}: {{refused}}. And {{number}} more. Nothing of it would be unpacked.', { name: first.name, refused: first.refused, number: refused.length - 1 }) : t('{{name}}: {{refused}}. Nothing of it would be unpacked.', { name: first.name, refused: first.refused }))}
          </span>
        </Notice>
      )}
      {encrypted > 0 && <p className="flex items-center gap-1.5 text-sm text-muted"><Lock className="size-3.5 flex-none" aria-hidden />{encrypted === all.length ? t('Its entries are encrypted: unpacking needs the password.') : t('{{count}} entries are encrypted: unpacking needs the password.', { count: encrypted })}</p>}
      {all.length === 0 ? (
        <p className="text-muted">{t('It is empty.')}</p>
      ) : (
        <>
          {all.length > MANY && <Input id="archive-filter" small type="search" aria-label={t('Filter by name')} placeholder={t('Filter by name')} value={text} onChange={(event) => setText(event.target.value)} boxClassName="w-[240px]" />}
          <div className="flex h-[360px] min-h-40 flex-col overflow-hidden rounded-md border border-line">
            {shown.length === 0 ? (
              <p className="m-auto text-muted">{t('No entry fits the filter.')}</p>
            ) : (
              <DataTable label={t('Entries')} columns={COLUMNS} rows={shown} keyOf={keyOf} nameOf={entryName} rowAttribute="data-entry-row" sort={sort} onSort={setSort} dimmed={(entry) => entry.kind === 'directory'} />
            )}
          </div>
        </>
      )}
    </>
  );
}

const keyOf = (entry: Entry) => String(entry.place);
const entryName = (entry: Entry) => entry.name;

function rowsOf(all: readonly Entry[], text: string, { column, descending }: Sort): Entry[] {
  const wanted = text.trim().toLocaleLowerCase();
  const sign = descending ? -1 : 1;
  const rank = (entry: Entry): string | number => {
    switch (column) {
      case 'name':
        return entry.name;
      case 'size':
        return entry.size;
      case 'packed':
        return entry.packed_size ?? -1;
      case 'ratio':
        return ratioOf(entry) ?? -1;
      case 'modified':
        return entry.modified_at ?? '';
      default:
        return entry.place;
    }
  };
  return all
    .filter((entry) => entry.name.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => {
      const [x, y] = [rank(a), rank(b)];
      return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true })) || a.place - b.place;
    });
}

/** How many times larger it is unpacked; `null` where the format does not say. */
function ratioOf({ size, packed_size, kind }: Entry): number | null {
  return packed_size === null || packed_size === 0 || size === 0 || kind === 'directory' ? null : size / packed_size;
}

const KINDS: Partial<Record<Entry['kind'], string>> = { symlink: t('Symbolic link'), hard_link: t('Link to another entry'), special: t('Device, pipe or socket') };

function Glyph({ entry }: { entry: Entry }) {
  const glyph = 'size-3.5 flex-none';
  if (entry.refused !== null) return <CircleX className={`${glyph} text-fail`} role="img" aria-label={t('Refused')} />;
  if (entry.kind === 'directory') return <Folder className={`${glyph} text-faint`} role="img" aria-label={t('Folder')} />;
  const kind = KINDS[entry.kind];
  if (kind) return <Link2 className={`${glyph} text-faint`} role="img" aria-label={kind} />;
  if (entry.encrypted) return <Lock className={`${glyph} text-faint`} role="img" aria-label={t('Encrypted')} />;
  return <span className={glyph} />;
}

/** Folder and file apart, so that a long name keeps its end. Control characters in names cannot act here. */
function Name({ entry }: { entry: Entry }) {
  const cut = entry.name.lastIndexOf('/', entry.name.length - 2) + 1;
  const file = entry.name.slice(cut);
  const split = file.length > 16 ? file.length - 12 : 0;
  return (
    <span className="mono flex min-w-0 whitespace-nowrap">
      {cut > 0 && <span className="min-w-4 shrink-[99] truncate text-faint">{entry.name.slice(0, cut)}</span>}
      <span className="min-w-0 truncate">{file.slice(0, split)}</span>
      <span className="flex-none">{file.slice(split)}</span>
    </span>
  );
}

const COLUMNS: readonly Column<Entry>[] = [
  {
    id: 'name',
    header: t('Name'),
    width: 'minmax(200px, 1fr)',
    sortable: true,
    cell: (entry) => (
      <span className="flex min-w-0 items-center gap-1.5" title={entry.refused ? `${entry.name}: ${entry.refused}` : entry.name}>
        <Glyph entry={entry} />
        <Name entry={entry} />
        {entry.refused && <span className="min-w-0 flex-1 truncate text-sm text-fail">{entry.refused}</span>}
      </span>
    ),
  },
  { id: 'size', header: t('Size'), width: '84px', align: 'right', sortable: true, className: 'num text-sm', cell: (entry) => (entry.kind === 'directory' ? '–' : bytes(entry.size)) },
  {
    id: 'packed',
    header: t('Packed'),
    width: '84px',
    align: 'right',
    sortable: true,
    className: 'num text-sm text-muted',
    cell: (entry) => (entry.packed_size === null || entry.kind === 'directory' ? '–' : bytes(entry.packed_size)),
  },
  {
    id: 'ratio',
    header: t('Ratio'),
    width: '72px',
    align: 'right',
    sortable: true,
    className: 'num text-sm text-muted',
    cell: (entry) => {
      const ratio = ratioOf(entry);
      return ratio === null ? '–' : `${ratio.toLocaleString(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} : 1`;
    },
  },
  {
    id: 'modified',
    header: t('Modified'),
    width: '108px',
    align: 'right',
    sortable: true,
    className: 'num text-sm text-muted',
    cell: (entry) => (entry.modified_at === null ? '–' : <time dateTime={entry.modified_at} title={exactTime(entry.modified_at)}>{day(entry.modified_at)}</time>),
  },
];
