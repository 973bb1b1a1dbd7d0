/** What is done with rules from anywhere: switch on and off, delete with a way back, send again what was given up. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { deletedRulesQuery, invoke, rulesQuery, type NotificationRule } from '@/ipc';

const onError = (error: unknown) => toast.failed(error);

export function useEnableRule() {
  return useMutation({
    mutationFn: ({ rule, enabled }: { rule: NotificationRule; enabled: boolean }) => invoke.notificationRulesEnable(rule.id, enabled),
    onSuccess: ({ rule }) => toast.done(rule.is_enabled ? t('{{name}} is enabled', { name: rule.name }) : t('{{name}} is disabled', { name: rule.name })),
    onError,
  });
}

export function useDeleteRule(onGone?: () => void) {
  return useMutation({
    mutationFn: (rule: NotificationRule) => invoke.notificationRulesDelete(rule.id),
    onSuccess: (_, rule) => {
      toast.done(t('{{name}} deleted', { name: rule.name }), undefined, { label: t('Undo'), onClick: () => void invoke.notificationRulesRestore(rule.id).catch(onError) });
      onGone?.();
    },
  });
}

/** Sends again what was given up: of these events, or all. */
export function useReplay(onDone?: () => void) {
  return useMutation({
    mutationFn: (events: string[] | null) => invoke.eventsReplay(events),
    onSuccess: (number) => {
      toast.done(number === 0 ? t('There was nothing left to send again') : t('{{count}} notices on the way again', { count: number }));
      onDone?.();
    },
  });
}

/** A rule, also one that was deleted since; `undefined` until it is known. */
export function useRule(id: string): NotificationRule | undefined {
  const { data: rules } = useQuery(rulesQuery());
  const known = rules?.find(({ rule }) => rule.id === id);
  const { data: deleted } = useQuery({ ...deletedRulesQuery(), enabled: rules !== undefined && known === undefined });
  return (known ?? deleted?.find(({ rule }) => rule.id === id))?.rule;
}
