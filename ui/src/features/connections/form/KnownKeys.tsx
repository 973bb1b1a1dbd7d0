/** The host keys that are known of a server, and the end of trust in one. */
import { useMutation } from '@tanstack/react-query';
import { Ban } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '@/components/Button';
import { ConfirmDialog } from '@/components/Dialog';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type Connection, type KnownHost } from '@/ipc';
import { cn } from '@/lib/cn';
import { day, shortTime } from '@/lib/format';
import { keyTypeName } from '../words';

export function KnownKeys({ connection, hosts }: { connection: Connection; hosts: readonly KnownHost[] }) {
  const [asked, setAsked] = useState<KnownHost | null>(null);
  const revoke = useMutation({
    mutationFn: (host: KnownHost) => invoke.connectionsRevoke(connection.id, host.fingerprint),
    onSuccess: () => {
      setAsked(null);
      toast.done(t('Host key revoked'), t('{{name}} is refused when it shows this key.', { name: connection.name }));
    },
  });
  return (
    <div>
      <div id="known-keys" className="pb-1 text-sm font-medium text-muted">
        {t('Known keys')}
      </div>
      <ul aria-labelledby="known-keys" className="overflow-hidden rounded-md border border-line">
        {hosts.map((host) => (
          <li key={host.id} data-known-key={host.fingerprint} className="grid min-h-11 grid-cols-[64px_minmax(0,1fr)_24px] items-center gap-2 border-t border-line px-2.5 py-1 first:border-t-0">
            <span className={cn('text-sm font-medium', host.revoked_at && 'text-faint')}>{keyTypeName(host.key_type)}</span>
            <div className="min-w-0">
              <div className={cn('mono selectable truncate', host.revoked_at && 'text-faint line-through')} title={host.fingerprint}>
                {host.fingerprint}
              </div>
              <div className="num truncate text-xs text-faint">
                {host.revoked_at ? <span className="text-fail">{t('revoked {{day}},', { day: day(host.revoked_at) })}</span> : null}{' '}
                {host.approved_by === 'system'
                  ? t('trusted at the first contact {{day}}, last seen {{time}}', { day: day(host.first_seen), time: shortTime(host.last_seen) })
                  : t('trusted by {{who}} {{day}}, last seen {{time}}', { who: host.approved_by, day: day(host.first_seen), time: shortTime(host.last_seen) })}
              </div>
            </div>
            {host.revoked_at === null && (
              <IconButton label={t('Revoke {{keyTypeName}} key', { keyTypeName: keyTypeName(host.key_type) })} size="sm" onClick={() => setAsked(host)}>
                <Ban />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
      {asked && (
        <ConfirmDialog
          open
          onClose={() => setAsked(null)}
          onConfirm={() => revoke.mutate(asked)}
          title={t('Revoke this host key of {{name}}?', { name: connection.name })}
          action={t('Revoke key')}
          keep={t('Keep trusting it')}
          busy={revoke.isPending}
          error={revoke.error}
        >
          <p className="mono break-all">{asked.fingerprint}</p>
          <p>{t('The server is refused from now on when it shows this key, under every policy. Do this when the partner says that the key was replaced or stolen.')}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
