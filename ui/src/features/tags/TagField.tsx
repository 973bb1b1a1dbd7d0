/** The tags of what is saved already. They are no part of a draft or a version: what is entered holds at once. */
import { useMutation, useQuery, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { Field } from '@/components/Field';
import { TagInput } from '@/components/TagInput';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, keys, tagsQuery, type Tag, type TaggableEntityType } from '@/ipc';

type Kind = Exclude<TaggableEntityType, 'connection' | 'file_monitor'>;

/** What shows the tags of each kind. */
const SHOWN_BY: Record<Kind, QueryKey> = { job: keys.jobs, job_chain: keys.chains, pgp_key: keys.pgpKeys, ssh_key: keys.sshKeys };

export interface TagFieldProps {
  fieldId: string;
  kind: Kind;
  id: string;
  tags: readonly Tag[];
  help?: string;
}

export function TagField({ fieldId, kind, id, tags, help }: TagFieldProps) {
  const client = useQueryClient();
  const known = useQuery(tagsQuery());
  const put = useMutation({
    // One after the other, so that what was entered last stays.
    scope: { id: `tags of ${id}` },
    mutationFn: (names: string[]) => invoke.tagsSetNamed(kind, id, names),
    // What was entered is shown until the stored tags are read again.
    onSuccess: () => client.invalidateQueries({ queryKey: SHOWN_BY[kind] }),
    onError: (error) => toast.failed(error, t('The tags stay as they were')),
  });
  return (
    <Field label={t('Tags')} help={help}>
      <TagInput id={fieldId} names={put.isPending ? put.variables : tags.map((tag) => tag.name)} known={(known.data ?? []).map((row) => row.tag)} onChange={(names) => put.mutate(names)} />
    </Field>
  );
}
