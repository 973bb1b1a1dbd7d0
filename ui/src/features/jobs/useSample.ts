import { useMutation } from '@tanstack/react-query';
import { useChrome } from '@/app/chrome';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { asAppError, invoke } from '@/ipc';

/** Makes the sample: a server on this computer, its keys and files, and a job that fetches and decrypts them. */
export function useSample(onMade: (jobId: string) => void) {
  return useMutation({
    mutationFn: () => invoke.demoCreate(),
    onSuccess: ({ job_id }) => {
      toast.done(t('The sample is ready'), t('A server on this computer, a connection to it, keys and a job.'));
      onMade(job_id);
    },
    onError: (error) => {
      const { code } = asAppError(error);
      if (code === 'vault_uninitialised' || code === 'vault_locked') useChrome.getState().setVault(true);
      else toast.failed(error, t('The sample could not be made'));
    },
  });
}
