/** The question before a connection is deleted: who uses it. */
import { useMutation } from '@tanstack/react-query';
import { ConfirmDialog } from '@/components/Dialog';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type ConnectionView } from '@/ipc';
import { forgetTest } from './tests';

export function DeleteConnection({ view, onClose, onDone }: { view: ConnectionView; onClose: () => void; onDone: () => void }) {
  const { connection } = view;
  const jobs = [...new Set(view.used_by.map((use) => use.job_name))];
  const remove = useMutation({
    mutationFn: () => invoke.connectionsDelete(connection.id),
    onSuccess: () => {
      forgetTest(connection.id);
      toast.done(t('{{name}} deleted', { name: connection.name }));
      onDone();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title={t('Delete {{name}}?', { name: connection.name })}
      action={t('Delete connection')}
      busy={remove.isPending}
      error={remove.error}
    >
      {jobs.length === 0 ? (
        <p>{t('No job uses it. Its password and known host keys are deleted with it.')}</p>
      ) : (
        <>
          <p>
            {t('These {{count}} jobs use it and cannot run without it:', { count: jobs.length })}
          </p>
          <ul className="list-disc pl-4">
            {jobs.map((job) => (
              <li key={job} className="break-words">
                {job}
              </li>
            ))}
          </ul>
        </>
      )}
    </ConfirmDialog>
  );
}
