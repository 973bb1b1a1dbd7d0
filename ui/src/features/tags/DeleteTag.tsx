/** The question before a tag is deleted: what loses it, and who is told of less. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { ConfirmDialog } from '@/components/Dialog';
import { toast } from '@/components/toast';
import { invoke, tagUsesQuery, type TagRow } from '@/ipc';
import { listed } from '@/lib/format';
import { usesOf, usesWords } from './words';

/** So many names are said. */
const NAMED = 6;

export function DeleteTag({ row: { tag, uses }, onClose, onGone }: { row: TagRow; onClose: () => void; onGone: () => void }) {
  const users = useQuery(tagUsesQuery(tag.id));
  const onError = (error: unknown) => toast.failed(error);
  const remove = useMutation({
    mutationFn: () => invoke.tagsDelete(tag.id),
    onSuccess: () => {
      toast.done(`${tag.name} deleted`, undefined, { label: 'Undo', onClick: () => void invoke.tagsRestore(tag.id).catch(onError) });
      onClose();
      onGone();
    },
  });
  const carriers = (users.data ?? []).filter(({ kind }) => kind !== 'notification_rule').map(({ name }) => name);
  const rules = (users.data ?? []).filter(({ kind }) => kind === 'notification_rule').map(({ name }) => name);
  return (
    <ConfirmDialog open onClose={onClose} onConfirm={() => remove.mutate()} title={`Delete ${tag.name}?`} action="Delete the tag" busy={remove.isPending} error={remove.error}>
      {usesOf(uses) === 0 ? (
        <p>It is on nothing.</p>
      ) : (
        <p className="[overflow-wrap:anywhere]" data-carriers>{`It is taken off ${usesWords(uses)}${carriers.length === 0 ? '' : `: ${some(carriers)}`}. Nothing else of them changes.`}</p>
      )}
      {rules.length > 0 && <p className="[overflow-wrap:anywhere]" data-rules>{`${rules.length === 1 ? 'The notification rule' : 'The notification rules'} ${some(rules)} ${rules.length === 1 ? 'is' : 'are'} about it, and ${rules.length === 1 ? 'tells' : 'tell'} less without it.`}</p>}
    </ConfirmDialog>
  );
}

const some = (names: readonly string[]) => (names.length > NAMED ? `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more` : listed(names));
