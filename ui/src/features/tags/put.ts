import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type TaggableEntityType } from '@/ipc';

/** Gives what was saved just now its tags. Where that fails it says so and answers those it has: the rest is saved all the same. */
export async function putTags(kind: TaggableEntityType, id: string, wanted: readonly string[], has: readonly string[]): Promise<readonly string[]> {
  if (wanted.join('\n') === has.join('\n')) return has;
  try {
    return (await invoke.tagsSetNamed(kind, id, [...wanted])).map((tag) => tag.name);
  } catch (error) {
    toast.failed(error, t('The tags were not saved'));
    return has;
  }
}
