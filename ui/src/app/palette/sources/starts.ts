/** Jobs and chains that can be started. */
import { useQuery } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useMemo } from 'react';
import { useRunChain } from '@/features/chains/useChainActions';
import { useRunJob } from '@/features/jobs/useRunJob';
import { t } from '@/i18n';
import { chainsQuery, jobsQuery } from '@/ipc';
import type { Entry } from '../entry';

export function useStarts(enabled: boolean): readonly Entry[] {
  const { data: jobs } = useQuery({ ...jobsQuery(), enabled });
  const { data: chains } = useQuery({ ...chainsQuery(), enabled });
  const { mutate: runJob } = useRunJob();
  const { mutate: runChain } = useRunChain();
  return useMemo(() => {
    const start = (kind: 'job' | 'chain', id: string, name: string, is_enabled: boolean, act: () => void): Entry => ({
      id: `run:${kind}:${id}`, group: 'Run', kind: kind === 'job' ? t('Run job') : t('Run chain'), name: t('Run {{name}}', { name }), words: t('start'), icon: Play, act,
      ...(is_enabled ? {} : { refused: kind === 'job' ? t('The job is disabled') : t('The chain is disabled'), quiet: true }),
    });
    return [
      ...(jobs ?? []).map((job) => start('job', job.id, job.name, job.is_enabled, () => runJob(job))),
      ...(chains ?? []).map((chain) => start('chain', chain.id, chain.name, chain.is_enabled, () => runChain({ chain }))),
    ];
  }, [jobs, chains, runJob, runChain]);
}
