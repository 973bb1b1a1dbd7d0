/** Every file that was moved, with the proof of it. */
import { ReceiptText } from 'lucide-react';
import { DataTable, type Column } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { StateLabel } from '@/components/State';
import { toast } from '@/components/toast';
import { LookInside } from '@/features/archives/LookInside';
import { maybeArchive } from '@/features/archives/paths';
import type { Receipt } from '@/ipc';
import { bytes, clock, exactTime } from '@/lib/format';

const nameOf = (receipt: Receipt) => receipt.remote_path.split('/').pop() || receipt.remote_path;

const PROOF: Record<Receipt['verified_by'], string> = { size: 'Size', sha256: 'Size, SHA-256' };
const MOVED: Record<Receipt['direction'], string> = { download: 'Fetched', upload: 'Sent' };

const copy = (text: string) =>
  void navigator.clipboard.writeText(text).then(
    () => toast.done('SHA-256 copied'),
    (error: unknown) => toast.failed(error, 'It was not copied'),
  );

const columns: readonly Column<Receipt>[] = [
  {
    id: 'file',
    header: 'File',
    width: 'minmax(120px, 1fr)',
    cell: (receipt) => (
      <FileName receipt={receipt} />
    ),
  },
  { id: 'size', header: 'Size', width: '72px', align: 'right', cell: (receipt) => <span className="num">{bytes(receipt.size)}</span> },
  {
    id: 'what',
    header: 'What',
    width: '92px',
    cell: (receipt) => (
      <span className="text-muted" title={receipt.resumed_bytes > 0 ? `${bytes(receipt.resumed_bytes)} were there from an earlier attempt` : undefined}>
        {MOVED[receipt.direction]}
      </span>
    ),
  },
  {
    id: 'sha256',
    header: 'SHA-256',
    width: '88px',
    cell: (receipt) => (
      <button
        type="button"
        title={`${receipt.sha256}\nClick to copy`}
        data-sha256={receipt.sha256}
        className="mono text-faint hover:text-ink hover:underline"
        onClick={(event) => {
          event.stopPropagation();
          copy(receipt.sha256);
        }}
      >
        {`${receipt.sha256.slice(0, 4)}…${receipt.sha256.slice(-4)}`}
      </button>
    ),
  },
  {
    id: 'proof',
    header: 'Checked by',
    width: '108px',
    cell: (receipt) => (
      <StateLabel look={{ tone: 'ok', icon: ReceiptText, word: PROOF[receipt.verified_by] }} title={`Server: ${receipt.server_identity}`} />
    ),
  },
  {
    id: 'at',
    header: 'At',
    width: '72px',
    align: 'right',
    cell: (receipt) => (
      <time className="num text-muted" dateTime={receipt.completed_at} title={exactTime(receipt.completed_at)}>
        {clock(receipt.completed_at)}
      </time>
    ),
  },
];

/** Shortened in the middle, because files of one delivery differ at the end; both whole paths on hover. */
function FileName({ receipt }: { receipt: Receipt }) {
  const name = nameOf(receipt);
  const cut = Math.max(0, name.length - 10);
  return (
    <span className="mono selectable flex min-w-0 items-center whitespace-nowrap" title={`${receipt.remote_path}\n${receipt.local_path}`}>
      <span className="min-w-6 truncate">{name.slice(0, cut)}</span>
      <span className="flex-none">{name.slice(cut)}</span>
      {maybeArchive(receipt.local_path) && <LookInside path={receipt.local_path} className="ml-1.5" />}
    </span>
  );
}

export function Receipts({ receipts, running }: { receipts: readonly Receipt[]; running: boolean }) {
  if (receipts.length === 0) {
    return (
      <EmptyState title={running ? 'No file is through yet' : 'No files were moved'}>
        Each file that is fetched or sent gets a receipt here: its size, its SHA-256 and how it was checked.
      </EmptyState>
    );
  }
  return <DataTable label="Files" columns={columns} rows={receipts} keyOf={(receipt) => receipt.id} nameOf={nameOf} rowAttribute="data-receipt" />;
}
