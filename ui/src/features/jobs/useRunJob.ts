/** Running a job from anywhere, with the news and the way to the run. */
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { asAppError, invoke } from '@/ipc';

export function useRunJob() {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (job: { id: string; name: string }) => invoke.jobsRun(job.id, {}),
    onSuccess: (executionId, job) =>
      toast.done(t('{{name}} is on its way', { name: job.name }), undefined, {
        label: t('Show run'),
        onClick: () => void navigate({ to: '/executions/$executionId', params: { executionId } }),
      }),
    onError: (error, job) =>
      toast.failed(
        error,
        t('{{name}} did not start', { name: job.name }),
        // Most often a parameter without a default: the job's own page asks for it.
        asAppError(error).code === 'validation'
          ? { label: t('Open the job'), onClick: () => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } }) }
          : undefined,
      ),
  });
}
