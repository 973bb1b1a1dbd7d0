/** The question before jobs are deleted: which, and what goes on existing. */
import { useMutation } from '@tanstack/react-query';
import { ConfirmDialog } from '@/components/Dialog';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type JobRow } from '@/ipc';

const NAMED = 6;

export function DeleteJobs({ jobs, onClose, onDone }: { jobs: readonly JobRow[]; onClose: () => void; onDone: () => void }) {
  const what = jobs.length === 1 ? (jobs[0]?.name ?? '') : t('{{count}} jobs', { count: jobs.length });
  const running = jobs.filter((job) => job.last?.state === 'running' || job.last?.state === 'queued').length;
  const remove = useMutation({
    mutationFn: async () => {
      for (const job of jobs) await invoke.jobsDelete(job.id);
    },
    onSuccess: () => {
      toast.done(t('{{what}} deleted', { what }));
      onDone();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title={t('Delete {{what}}?', { what })}
      action={t('Delete {{count}} jobs', { count: jobs.length })}
      keep={t('Keep them', { count: jobs.length })}
      busy={remove.isPending}
      error={remove.error}
    >
      {jobs.length > 1 && (
        <ul className="list-disc pl-4">
          {jobs.slice(0, NAMED).map((job) => (
            <li key={job.id} className="break-words">
              {job.name}
            </li>
          ))}
          {jobs.length > NAMED && <li>{t('and {{count}} more', { count: jobs.length - NAMED })}</li>}
        </ul>
      )}
      <p>{t('Nothing will start them any more. Past runs, receipts and the audit stay.', { count: jobs.length })}</p>
      {running > 0 && <p className="text-warn">{t('{{count}} are running now; their runs go on to their end.', { count: running })}</p>}
    </ConfirmDialog>
  );
}
