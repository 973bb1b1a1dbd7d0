/** Running a job from anywhere, with the news and the way to the run. */
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { toast } from '@/components/toast';
import { asAppError, invoke } from '@/ipc';

export function useRunJob() {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (job: { id: string; name: string }) => invoke.jobsRun(job.id, {}),
    onSuccess: (executionId, job) =>
      toast.done(`${job.name} is on its way`, undefined, {
        label: 'Show run',
        onClick: () => void navigate({ to: '/executions/$executionId', params: { executionId } }),
      }),
    onError: (error, job) =>
      toast.failed(
        error,
        `${job.name} did not start`,
        // Most often a parameter without a default: the job's own page asks for it.
        asAppError(error).code === 'validation'
          ? { label: 'Open the job', onClick: () => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } }) }
          : undefined,
      ),
  });
}
