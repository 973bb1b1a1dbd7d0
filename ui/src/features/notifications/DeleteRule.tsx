/** The question before a rule is deleted. */
import { ConfirmDialog } from '@/components/Dialog';
import type { NotificationRule } from '@/ipc';
import { useDeleteRule } from './useRules';
import { CHANNELS, eventsWords, targetOf } from './words';

export function DeleteRule({ rule, onClose, onGone }: { rule: NotificationRule; onClose: () => void; onGone?: () => void }) {
  const remove = useDeleteRule(() => {
    onClose();
    onGone?.();
  });
  return (
    <ConfirmDialog open onClose={onClose} onConfirm={() => remove.mutate(rule)} title={`Delete ${rule.name}?`} action="Delete the rule" busy={remove.isPending} error={remove.error}>
      <p className="[overflow-wrap:anywhere]">{`${CHANNELS[rule.channel.type].label}, ${targetOf(rule.channel)}: no longer told of “${eventsWords(rule.event_types)}”.`}</p>
      <p>What it has told stays in the log.</p>
    </ConfirmDialog>
  );
}
