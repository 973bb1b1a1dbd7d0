/** Whether Courier starts with the session. The system knows, and may be told elsewhere, so it is asked each time. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from '@/components/Button';
import { toast } from '@/components/toast';
import { Switch } from '@/components/Toggle';
import { t } from '@/i18n';
import { autostartQuery, invoke, keys } from '@/ipc';

export function AutostartSwitch({ labelledBy }: { labelledBy: string }) {
  const client = useQueryClient();
  const autostart = useQuery(autostartQuery());
  const set = useMutation({
    mutationFn: (enabled: boolean) => invoke.autostartSet(enabled),
    onError: (error) => toast.failed(error),
    onSettled: () => client.invalidateQueries({ queryKey: keys.autostart }),
  });
  if (autostart.isError) {
    return (
      <span className="flex items-center gap-2 text-muted">
        {t('Cannot be read')}{' '}<Button id="autostart-again" onClick={() => void autostart.refetch()}>{t('Try again')}</Button>
      </span>
    );
  }
  return (
    <Switch
      id="autostart"
      aria-labelledby={labelledBy}
      checked={set.isPending ? set.variables : (autostart.data ?? false)}
      disabled={autostart.isPending || set.isPending}
      onCheckedChange={(enabled) => set.mutate(enabled)}
    />
  );
}
