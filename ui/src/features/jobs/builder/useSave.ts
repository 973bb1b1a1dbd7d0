/** Saving a version of a job. A new one gets its address, and what its template has beside it. */
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { toast } from '@/components/toast';
import { useSaving, type Saving } from '@/components/useSaving';
import { t } from '@/i18n';
import { invoke, keys, type Job } from '@/ipc';
import { useBuilderStore } from './context';
import { handOver } from './handover';
import { forget } from './model/autosave';
import { fromJob, toDraft } from './model/doc';

export function useSave(onProblems: () => void): Saving<Job> {
  const store = useBuilderStore();
  const client = useQueryClient();
  const navigate = useNavigate();
  return useSaving<Job>({
    begin: () => {
      const { jobId, doc, identity, version, template } = store.getState();
      const send = async () => {
        const job = await invoke.jobsSave(jobId, toDraft(doc, identity), jobId === null ? null : version);
        store.getState().wasSaved(job, doc);
        forget(jobId);
        client.setQueryData(keys.job(job.id), (view: object | undefined) => (view ? { ...view, job } : undefined));
        toast.done(t('Saved version {{version}}', { version: job.current_version }));
        if (jobId === null) {
          if (template !== null) await makeStarts(template, job);
          handOver(job.id, store);
          await navigate({ to: '/jobs/$jobId', params: { jobId: job.id }, replace: true });
        }
        return job;
      };
      return {
        send,
        refused: (problems) => {
          store.getState().wasRefused(doc, problems, Date.now());
          onProblems();
        },
        theirs: jobId === null ? null : async () => (await invoke.jobsGet(jobId)).job,
      };
    },
    rebase: (theirs) => store.getState().rebase(theirs.current_version, fromJob(theirs).doc),
    reset: (theirs) => store.getState().reset(theirs),
  });

  function makeStarts(template: string, job: Job): Promise<void> {
    return invoke.jobTemplatesStart(template, job.id).then(
      (made) => store.getState().tellMade(made),
      (error) => void toast.failed(error, t('What starts it was not made')),
    );
  }
}
