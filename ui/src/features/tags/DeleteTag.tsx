/** The question before a tag is deleted: what loses it, and who is told of less. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { ConfirmDialog } from '@/components/Dialog';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
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
      toast.done(t('{{name}} deleted', { name: tag.name }), undefined, { label: t('Undo'), onClick: () => void invoke.tagsRestore(tag.id).catch(onError) });
      onClose();
      onGone();
    },
  });
  const carriers = (users.data ?? []).filter(({ kind }) => kind !== 'notification_rule').map(({ name }) => name);
  const rules = (users.data ?? []).filter(({ kind }) => kind === 'notification_rule').map(({ name }) => name);
  return (
    <ConfirmDialog open onClose={onClose} onConfirm={() => remove.mutate()} title={t('Delete {{name}}?', { name: tag.name })} action={t('Delete the tag')} busy={remove.isPending} error={remove.error}>
      {usesOf(uses) === 0 ? (
        <p>{t('It is on nothing.')}</p>
      ) : (
        <p className="[overflow-wrap:anywhere]" data-carriers>{carriers.length === 0 ? t('It is taken off {{uses}}. Nothing else of them changes.', { uses: usesWords(uses) }) : t('It is taken off {{uses}}: {{carriers}}. Nothing else of them changes.', { uses: usesWords(uses), carriers: some(carriers) })}</p>
      )}
      {rules.length > 0 && <p className="[overflow-wrap:anywhere]" data-rules>{t('The notification rules {{rules}} are about it, and tell less without it.', { count: rules.length, rules: some(rules) })}</p>}
    </ConfirmDialog>
  );
}

const some = (names: readonly string[]) => (names.length > NAMED ? t('{{names}} and {{number}} more', { names: names.slice(0, NAMED).join(', '), number: names.length - NAMED }) : listed(names));
