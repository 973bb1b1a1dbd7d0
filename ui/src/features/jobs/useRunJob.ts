/** Running a job from anywhere, with the news and the way to the run. */
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { toast } from '@/components/toast';
import { invoke } from '@/ipc';

export function useRunJob() {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (job: { id: string; name: string }) => invoke.jobsRun(job.id, {}),
    onSuccess: (executionId, job) =>
      toast.done(`${job.name} is on its way`, undefined, {
        label: 'Show run',
        onClick: () => void navigate({ to: '/executions/$executionId', params: { executionId } }),
      }),
    onError: (error, job) => toast.failed(error, `${job.name} did not start`),
  });
}
