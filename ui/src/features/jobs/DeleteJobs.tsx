/** The question before jobs are deleted: which, and what goes on existing. */
import { useMutation } from '@tanstack/react-query';
import { ConfirmDialog } from '@/components/Dialog';
import { toast } from '@/components/toast';
import { invoke, type JobRow } from '@/ipc';
import { count } from '@/lib/format';

const NAMED = 6;

export function DeleteJobs({ jobs, onClose, onDone }: { jobs: readonly JobRow[]; onClose: () => void; onDone: () => void }) {
  const what = jobs.length === 1 ? (jobs[0]?.name ?? '') : count(jobs.length, 'job');
  const running = jobs.filter((job) => job.last?.state === 'running' || job.last?.state === 'queued').length;
  const remove = useMutation({
    mutationFn: async () => {
      for (const job of jobs) await invoke.jobsDelete(job.id);
    },
    onSuccess: () => {
      toast.done(`${what} deleted`);
      onDone();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title={`Delete ${what}?`}
      action={jobs.length === 1 ? 'Delete job' : `Delete ${count(jobs.length, 'job')}`}
      keep={jobs.length === 1 ? 'Keep it' : 'Keep them'}
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
          {jobs.length > NAMED && <li>and {jobs.length - NAMED} more</li>}
        </ul>
      )}
      <p>Nothing will start {jobs.length === 1 ? 'it' : 'them'} any more. Past runs, receipts and the audit stay.</p>
      {running > 0 && <p className="text-warn">{running === 1 ? 'One is running now; its run goes on to its end.' : `${running} are running now; their runs go on to their end.`}</p>}
    </ConfirmDialog>
  );
}
