/** Saving a version, and what stands in its way: problems, or a version that someone else saved meanwhile. */
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { toast } from '@/components/toast';
import { asAppError, invoke, keys, type Job } from '@/ipc';
import { useBuilderStore } from './context';
import { handOver } from './handover';
import { forget } from './model/autosave';
import { fromJob, toDraft } from './model/doc';

export interface Saving {
  /** The saved job; `null` when it was not saved, and the person knows why. */
  save: () => Promise<Job | null>;
  busy: boolean;
  /** The job as someone else saved it meanwhile. */
  conflict: Job | null;
  keepMine: () => Promise<void>;
  takeTheirs: () => void;
  decideLater: () => void;
}

export function useSave(onProblems: () => void): Saving {
  const store = useBuilderStore();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [conflict, setConflict] = useState<Job | null>(null);

  const save = async (): Promise<Job | null> => {
    const { jobId, doc, identity, version, template } = store.getState();
    setBusy(true);
    try {
      const job = await invoke.jobsSave(jobId, toDraft(doc, identity), jobId === null ? null : version);
      store.getState().wasSaved(job, doc);
      forget(jobId);
      client.setQueryData(keys.job(job.id), (view: object | undefined) => (view ? { ...view, job } : undefined));
      toast.done(`Saved version ${job.current_version}`);
      if (jobId === null && template !== null) {
        await invoke.jobTemplatesStart(template, job.id).then(
          (made) => store.getState().tellMade(made),
          (error) => toast.failed(error, 'What starts it was not made'),
        );
      }
      if (jobId === null) {
        handOver(job.id, store);
        await navigate({ to: '/jobs/$jobId', params: { jobId: job.id }, replace: true });
      }
      return job;
    } catch (thrown) {
      const error = asAppError(thrown);
      // Not only `validation`: a name that is taken is a conflict with its field.
      if (error.problems.length > 0) {
        store.getState().wasRefused(doc, error.problems, Date.now());
        onProblems();
      } else if (error.code === 'conflict' && jobId !== null) {
        await invoke.jobsGet(jobId).then(
          (view) => setConflict(view.job),
          () => toast.failed(error),
        );
      } else toast.failed(error, 'It was not saved');
      return null;
    } finally {
      setBusy(false);
    }
  };

  return {
    save,
    busy,
    conflict,
    keepMine: async () => {
      if (conflict) store.getState().rebase(conflict.current_version, fromJob(conflict).doc);
      setConflict(null);
      await save();
    },
    takeTheirs: () => {
      if (conflict) store.getState().reset(conflict);
      setConflict(null);
    },
    decideLater: () => setConflict(null),
  };
}
