/** The question before a rule is deleted. */
import { ConfirmDialog } from '@/components/Dialog';
import { t } from '@/i18n';
import type { NotificationRule } from '@/ipc';
import { useDeleteRule } from './useRules';
import { CHANNELS, eventsWords, targetOf } from './words';

export function DeleteRule({ rule, onClose, onGone }: { rule: NotificationRule; onClose: () => void; onGone?: () => void }) {
  const remove = useDeleteRule(() => {
    onClose();
    onGone?.();
  });
  return (
    <ConfirmDialog open onClose={onClose} onConfirm={() => remove.mutate(rule)} title={t('Delete {{name}}?', { name: rule.name })} action={t('Delete the rule')} busy={remove.isPending} error={remove.error}>
      <p className="[overflow-wrap:anywhere]">{t('{{label}}, {{target}}: no longer told of “{{events}}”.', { label: CHANNELS[rule.channel.type].label, target: targetOf(rule.channel), events: eventsWords(rule.event_types) })}</p>
      <p>{t('What it has told stays in the log.')}</p>
    </ConfirmDialog>
  );
}
