import { useMutation } from '@tanstack/react-query';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type JobRow, type Tag } from '@/ipc';

export interface Tagging {
  jobs: readonly JobRow[];
  /** One that is there, or the name of one that is made first. */
  tag: Tag | string;
  what: 'put_on' | 'take_off';
}

export const carries = (job: JobRow, tag: Tag): boolean => job.tags.some(({ id }) => id === tag.id);

/** Puts a tag on jobs or takes it off them, all at once; can be undone where something changed. */
export function useTagJobs() {
  return useMutation({
    mutationFn: async ({ jobs, tag: wanted, what }: Tagging) => {
      const tag = typeof wanted === 'string' ? await invoke.tagsSave(null, { name: wanted }, null) : wanted;
      const changed = jobs.filter((job) => carries(job, tag) === (what === 'take_off'));
      await change(what, tag, changed);
      return { tag, changed };
    },
    onSuccess: ({ tag, changed }, { tag: wanted, what }) => {
      const jobs = changed.length === 1 ? changed[0]?.name : t('{{count}} jobs', { count: changed.length });
      const undo = async () => {
        await change(what === 'put_on' ? 'take_off' : 'put_on', tag, changed);
        // What was made for these jobs goes with them, unless something else carries it by now.
        if (typeof wanted === 'string' && (await invoke.tagsWhereUsed(tag.id)).length === 0) await invoke.tagsDelete(tag.id);
      };
      toast.done(what === 'put_on' ? t('{{name}} put on {{jobs}}', { name: tag.name, jobs }) : t('{{name}} taken off {{jobs}}', { name: tag.name, jobs }), undefined, { label: t('Undo'), onClick: () => void undo().catch(toast.failed) });
    },
    onError: (error) => toast.failed(error, t('The tags stay as they were')),
  });
}

function change(what: Tagging['what'], tag: Tag, jobs: readonly JobRow[]): Promise<number> {
  const ids = jobs.map((job) => job.id);
  return what === 'put_on' ? invoke.tagsAddBulk(tag.id, 'job', ids) : invoke.tagsRemoveBulk(tag.id, 'job', ids);
}
