/** Every file that was moved, with the proof of it. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { FileSearch } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { IconButton } from '@/components/Button';
import { DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import type { FittingColumn } from '@/components/fitting';
import { Sha256 } from '@/components/Sha256';
import { SkeletonRows } from '@/components/Skeleton';
import { MiddleName } from '@/components/Text';
import { LookInside } from '@/features/archives/LookInside';
import { maybeArchive } from '@/features/archives/paths';
import { ProofLabel } from '@/features/files/ProofLabel';
import { SendAgain } from '@/features/files/SendAgain';
import { ShowRowInFiles } from '@/features/files/ShowInFiles';
import { t } from '@/i18n';
import { invoke, keys, type Receipt } from '@/ipc';
import { bytes, clock, exactTime } from '@/lib/format';
import { nameOf as nameOfPath } from '@/lib/paths';

const nameOf = (receipt: Receipt) => nameOfPath(receipt.remote_path);

const MOVED: Record<Receipt['direction'], string> = { download: t('Fetched'), upload: t('Sent') };

const columns: readonly FittingColumn<Receipt>[] = [
  {
    id: 'file',
    header: t('File'),
    width: 'minmax(120px, 1fr)',
    least: 120,
    rank: 0,
    cell: (receipt) => (
      <FileName receipt={receipt} />
    ),
  },
  { id: 'size', header: t('Size'), width: '72px', least: 72, rank: 0, align: 'right', cell: (receipt) => <span className="num">{bytes(receipt.size)}</span> },
  {
    id: 'what',
    header: t('What'),
    width: '72px',
    least: 72,
    rank: 4,
    cell: (receipt) => (
      <span className="text-muted" title={receipt.resumed_bytes > 0 ? t('{{size}} were there from an earlier attempt', { size: bytes(receipt.resumed_bytes) }) : undefined}>
        {MOVED[receipt.direction]}
      </span>
    ),
  },
  {
    id: 'sha256',
    header: 'SHA-256',
    width: '88px',
    least: 88,
    rank: 2,
    cell: (receipt) => <Sha256 hash={receipt.sha256} />,
  },
  {
    id: 'proof',
    header: t('Checked by'),
    width: '128px',
    least: 128,
    rank: 1,
    cell: (receipt) => <ProofLabel proof={receipt} />,
  },
  {
    id: 'at',
    header: t('At'),
    width: '72px',
    least: 72,
    rank: 3,
    align: 'right',
    cell: (receipt) => (
      <time className="num text-muted" dateTime={receipt.completed_at} title={exactTime(receipt.completed_at)}>
        {clock(receipt.completed_at)}
      </time>
    ),
  },
];

/** Both whole paths on hover. */
function FileName({ receipt }: { receipt: Receipt }) {
  return (
    <span className="mono selectable flex min-w-0 items-center whitespace-nowrap" title={`${receipt.remote_path}\n${receipt.local_path}`}>
      <MiddleName name={nameOf(receipt)} />
      {maybeArchive(receipt.local_path) && <LookInside path={receipt.local_path} className="ml-1.5" />}
    </span>
  );
}

/** Its whole life, and what was sent once more. */
function ReceiptActions({ receipt }: { receipt: Receipt }) {
  const navigate = useNavigate();
  const { id, connection_id, remote_path, local_path, size, sha256 } = receipt;
  return (
    <>
      {receipt.direction === 'upload' && (
        <SendAgain glyph delivery={{ receiptId: id, connectionId: connection_id, remote: remote_path, local: local_path, size, sha256 }} />
      )}
      <ShowRowInFiles path={local_path} />
      <IconButton label={t('Whole life of {{name}}', { name: nameOf(receipt) })} size="sm" data-whole-life={sha256} onClick={() => void navigate({ to: '/files', search: { file: sha256 } })}>
        <FileSearch />
      </IconButton>
    </>
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
      <EmptyState title={running ? t('No file is through yet') : t('No files were moved')}>
        {t('Each file that is fetched or sent gets a receipt here: its size, its SHA-256 and how it was checked.')}
      </EmptyState>
    );
  }
  if (error) return <ErrorState error={error} what={t('The files')} onRetry={() => void refetch()} />;
  if (rows.length === 0) return <SkeletonRows label={t('Loading the files')} rows={4} />;
  return (
    <DataTable
      label={t('Files')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={nameOf}
      rowAttribute="data-receipt"
      onEnd={more}
      actions={(receipt) => <ReceiptActions receipt={receipt} />}
    />
  );
}

const keyOf = (receipt: Receipt) => receipt.id;
