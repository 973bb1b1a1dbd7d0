import { useMutation } from '@tanstack/react-query';
import { toast } from '@/components/toast';
import { invoke, type JobRow } from '@/ipc';
import { count } from '@/lib/format';

/** Switches jobs on or off, one after the other; stops at the first that refuses. */
export function useEnableJobs() {
  return useMutation({
    mutationFn: async ({ jobs, enabled }: { jobs: readonly JobRow[]; enabled: boolean }) => {
      for (const job of jobs) await invoke.jobsEnable(job.id, enabled);
    },
    onSuccess: (_, { jobs, enabled }) =>
      toast.done(`${jobs.length === 1 ? jobs[0]?.name : count(jobs.length, 'job')} ${enabled ? 'enabled' : 'disabled'}`),
    onError: (error) => toast.failed(error),
  });
}
