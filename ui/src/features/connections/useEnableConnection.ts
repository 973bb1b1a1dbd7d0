import { useMutation } from '@tanstack/react-query';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type Connection } from '@/ipc';
import { edited, toDraft } from './draft';

/** Switches a connection on or off as it is stored now; whoever changed it in between is not overwritten. */
export function useEnableConnection() {
  return useMutation({
    mutationFn: async ({ connection, status }: { connection: Pick<Connection, 'id'>; status: Connection['status'] }) => {
      const stored = (await invoke.connectionsGet(connection.id)).connection;
      return invoke.connectionsSave(stored.id, toDraft({ ...edited(stored, []), status }), null, null, stored.updated_at);
    },
    onSuccess: ({ name, status }) => toast.done(status === 'active' ? t('{{name}} enabled', { name }) : t('{{name}} disabled', { name })),
    onError: (error) => toast.failed(error),
  });
}
