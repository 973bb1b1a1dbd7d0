/** The runs of a chain, newest first; asks for the next page as one scrolls. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { RunsArt } from '@/components/Art';
import { DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { t } from '@/i18n';
import { chainRunsQuery, type ChainExecutionRow } from '@/ipc';
import { chainRunColumns } from './columns';

const PAGE = 100;

export function ChainRuns({ chainId, onRun }: { chainId: string; onRun: (id: string) => void }) {
  const runs = useInfiniteQuery(chainRunsQuery({ chain_id: chainId, states: [], limit: PAGE }));
  const rows = useMemo(() => runs.data?.pages.flatMap((page) => page.items) ?? [], [runs.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = runs;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (runs.isPending) return <SkeletonRows label={t('Loading the runs')} />;
  if (runs.isError && !runs.data) return <ErrorState error={runs.error} what={t('The runs')} onRetry={() => void runs.refetch()} />;
  if (rows.length === 0) {
    return (
      <EmptyState art={<RunsArt />} title={t('The chain has not run yet')}>
        {t('Run it, or give it a schedule. Each run is kept here with the state of every member.')}
      </EmptyState>
    );
  }
  return (
    <DataTable
      label={t('Runs of the chain')}
      columns={chainRunColumns}
      rows={rows}
      keyOf={keyOf}
      nameOf={keyOf}
      rowAttribute="data-chain-run"
      onOpen={(run) => onRun(run.id)}
      onEnd={more}
    />
  );
}

const keyOf = (run: ChainExecutionRow) => run.id;
