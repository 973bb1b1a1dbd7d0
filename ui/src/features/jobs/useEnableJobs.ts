import { useMutation } from '@tanstack/react-query';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type JobRow } from '@/ipc';

/** Switches jobs on or off, one after the other; stops at the first that refuses. */
export function useEnableJobs() {
  return useMutation({
    mutationFn: async ({ jobs, enabled }: { jobs: readonly JobRow[]; enabled: boolean }) => {
      for (const job of jobs) await invoke.jobsEnable(job.id, enabled);
    },
    onSuccess: (_, { jobs, enabled }) =>
      toast.done(enabled ? (jobs.length === 1 ? t('{{name}} enabled', { name: jobs[0]?.name }) : t('{{count}} jobs enabled', { count: jobs.length })) : (jobs.length === 1 ? t('{{name}} disabled', { name: jobs[0]?.name }) : t('{{count}} jobs disabled', { count: jobs.length }))),
    onError: (error) => toast.failed(error),
  });
}
