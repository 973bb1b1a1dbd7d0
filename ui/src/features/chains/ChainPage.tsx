/** The page of one chain, or of a new one: reads what it needs. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { t } from '@/i18n';
import { chainQuery, jobsQuery, type JobChain, type JobRow, type Tag } from '@/ipc';
import { ChainEditor } from './ChainEditor';
import { ChainProvider, useChain } from './context';
import { createChainStore } from './model/store';

export interface ChainPageProps {
  chainId: string | null;
  /** As a list instead of the graph. */
  list: boolean;
  /** The run that is shown. */
  run: string | null;
  tab: string | null;
}

export function ChainPage(props: ChainPageProps) {
  const { chainId } = props;
  const jobs = useQuery(jobsQuery());
  const chain = useQuery({ ...chainQuery(chainId ?? ''), enabled: chainId !== null });
  useCrumbs({ label: t('Chains'), to: '/chains' }, { label: chainId === null ? t('New chain') : (chain.data?.chain.name ?? t('Chain')) });
  const failed = jobs.data === undefined ? jobs.error : chainId === null || chain.data ? null : chain.error;
  if (failed) return <ErrorState error={failed} what={t('The chain')} onRetry={() => void Promise.all([jobs.refetch(), chainId === null ? null : chain.refetch()])} />;
  if (!jobs.data || (chainId !== null && !chain.data)) return <SkeletonRows label={t('Loading the chain')} />;
  return <Loaded {...props} chain={chain.data?.chain ?? null} tags={chain.data?.tags ?? NO_TAGS} jobs={jobs.data} />;
}

const NO_TAGS: readonly Tag[] = [];

function Loaded({ chain, tags, jobs, ...address }: ChainPageProps & { chain: JobChain | null; tags: readonly Tag[]; jobs: readonly JobRow[] }) {
  const [store] = useState(() => createChainStore(chain));
  return (
    <ChainProvider store={store}>
      <Crumb />
      <ChainEditor {...address} chain={chain} tags={tags} jobs={jobs} />
    </ChainProvider>
  );
}

/** The breadcrumb follows the name while it is typed. */
function Crumb() {
  const name = useChain((state) => state.doc.name);
  useCrumbs({ label: t('Chains'), to: '/chains' }, { label: name || t('New chain') });
  return null;
}
