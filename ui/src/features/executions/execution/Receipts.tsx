/** Every file that was moved, with the proof of it. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { ReceiptText } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { DataTable, type Column } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { StateLabel } from '@/components/State';
import { toast } from '@/components/toast';
import { LookInside } from '@/features/archives/LookInside';
import { maybeArchive } from '@/features/archives/paths';
import { invoke, keys, type Receipt } from '@/ipc';
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

const PAGE = 200;

/** `total` is how many the run has by now; what is missing is read as one comes to the end. */
export function Receipts({ executionId, total, running }: { executionId: string; total: number; running: boolean }) {
  const { data, error, refetch, fetchNextPage, isFetching } = useInfiniteQuery({
    queryKey: keys.receipts(executionId),
    queryFn: ({ pageParam }) => invoke.executionsReceipts(executionId, pageParam, PAGE),
    initialPageParam: null as string | null,
    // Receipts are never changed, so that what was read stays; the next page goes on after the last.
    getNextPageParam: (last, all) => last.at(-1)?.id ?? all.findLast((page) => page.length > 0)?.at(-1)?.id ?? null,
    enabled: total > 0,
  });
  const rows = useMemo(() => data?.pages.flat() ?? [], [data]);
  const missing = rows.length < total && data !== undefined;
  const more = useCallback(() => {
    if (missing && !isFetching) void fetchNextPage();
  }, [missing, isFetching, fetchNextPage]);
  if (total === 0) {
    return (
      <EmptyState title={running ? 'No file is through yet' : 'No files were moved'}>
        Each file that is fetched or sent gets a receipt here: its size, its SHA-256 and how it was checked.
      </EmptyState>
    );
  }
  if (error) return <ErrorState error={error} what="The files" onRetry={() => void refetch()} />;
  if (rows.length === 0) return <SkeletonRows label="Loading the files" rows={4} />;
  return <DataTable label="Files" columns={columns} rows={rows} keyOf={keyOf} nameOf={nameOf} rowAttribute="data-receipt" onEnd={more} />;
}

const keyOf = (receipt: Receipt) => receipt.id;
