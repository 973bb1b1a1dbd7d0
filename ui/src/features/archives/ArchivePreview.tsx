/** What is in an archive, without unpacking it. */
import { useQuery } from '@tanstack/react-query';
import { CircleX, Folder, Lock } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { DataTable, type Column } from '@/components/DataTable';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { SecretInput } from '@/components/Input';
import { Notice } from '@/components/Notice';
import { SkeletonRows } from '@/components/Skeleton';
import { asAppError, invoke, type ArchiveListing } from '@/ipc';
import { bytes, count, day, exactTime } from '@/lib/format';

type Entry = ArchiveListing['entries'][number];

export function ArchivePreview({ path, onClose }: { path: string; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [password, setPassword] = useState<string | null>(null);
  const listing = useQuery({
    queryKey: ['archive', path, password],
    queryFn: () => invoke.archivesList(path, password),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const failure = listing.error ? asAppError(listing.error) : null;
  const wantsPassword = failure?.code === 'archive_password';
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (
    <Dialog open onClose={onClose} id="archive-preview" width={720} title={name} description={listing.data && <Totals listing={listing.data} />} footer={<Button onClick={onClose}>Close</Button>}>
      {listing.isPending && <SkeletonRows label="Looking into the archive" />}
      {wantsPassword && (
        <form
          className="flex items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            setPassword(typed);
          }}
        >
          <Field label="Password" className="flex-1" error={password === null ? null : failure.message} help="Its list of files is encrypted.">
            <SecretInput id="archive-password" autoFocus value={typed} onChange={(event) => setTyped(event.target.value)} />
          </Field>
          <Button type="submit" variant="primary" disabled={typed === ''}>
            Open
          </Button>
        </form>
      )}
      {failure && !wantsPassword && <ErrorNotice error={failure} />}
      {listing.data && <Entries listing={listing.data} />}
    </Dialog>
  );
}

function Totals({ listing }: { listing: ArchiveListing }) {
  const more = listing.truncated ? `, the first ${listing.entries.length.toLocaleString()} are shown` : '';
  return <>{`${listing.format} · ${count(listing.total_entries, 'entry', 'entries')}${more} · ${bytes(listing.archive_size)} packed, ${bytes(listing.total_size)} unpacked`}</>;
}

function Entries({ listing }: { listing: ArchiveListing }) {
  const refused = listing.entries.filter((entry) => entry.refused !== null);
  const first = refused[0];
  return (
    <>
      {first && (
        <Notice tone="fail" title="This archive would be refused">
          <span className="break-words">
            {first.name === '' ? 'An entry' : first.name}: {first.refused}.{refused.length > 1 ? ` And ${refused.length - 1} more.` : ''} Nothing of it would be unpacked.
          </span>
        </Notice>
      )}
      {listing.entries.length === 0 ? (
        <p className="text-muted">It is empty.</p>
      ) : (
        <div className="flex h-[360px] min-h-0 flex-col rounded-md border border-line">
          <DataTable label="Entries" columns={COLUMNS} rows={listing.entries} keyOf={keyOf} nameOf={nameOf} rowAttribute="data-entry-row" dimmed={(entry) => entry.kind === 'directory'} />
        </div>
      )}
    </>
  );
}

const keyOf = (entry: Entry) => entry.name;
const nameOf = (entry: Entry) => entry.name;

const COLUMNS: readonly Column<Entry>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(200px, 1fr)',
    cell: (entry) => (
      <span className="flex min-w-0 items-center gap-1.5" title={entry.refused ? `${entry.name}: ${entry.refused}` : entry.name}>
        {entry.refused ? (
          <CircleX className="size-3.5 flex-none text-fail" aria-label="Refused" />
        ) : entry.kind === 'directory' ? (
          <Folder className="size-3.5 flex-none text-faint" aria-hidden />
        ) : entry.encrypted ? (
          <Lock className="size-3.5 flex-none text-faint" aria-label="Encrypted" />
        ) : null}
        <span className="mono truncate">{entry.name}</span>
      </span>
    ),
  },
  { id: 'size', header: 'Size', width: '84px', align: 'right', className: 'num text-sm', cell: (entry) => (entry.kind === 'directory' ? '–' : bytes(entry.size)) },
  { id: 'packed', header: 'Packed', width: '84px', align: 'right', className: 'num text-sm text-muted', cell: (entry) => (entry.packed_size === null || entry.kind === 'directory' ? '–' : bytes(entry.packed_size)) },
  {
    id: 'modified',
    header: 'Modified',
    width: '96px',
    className: 'num text-sm text-muted',
    cell: (entry) => (entry.modified_at === null ? '–' : <time dateTime={entry.modified_at} title={exactTime(entry.modified_at)}>{day(entry.modified_at)}</time>),
  },
];
