/** One SSH key: its public half to send, and what logs in with it. */
import { Archive, Copy, Ellipsis, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/Button';
import { Inspector, InspectorSection } from '@/components/Inspector';
import { Menu } from '@/components/Menu';
import { KeyValues } from '@/components/Page';
import { KEY_STATES, StateBadge } from '@/components/State';
import { toast } from '@/components/toast';
import { TagField } from '@/features/tags/TagField';
import { t } from '@/i18n';
import { invoke, type SshKeyRow } from '@/ipc';
import { History } from './History';
import { Added, Fingerprint } from './Inspector';
import { RetireDelete, type KeyEnd } from './RetireDelete';
import { WhereUsed } from './WhereUsed';
import { SSH_KINDS } from './words';

export function SshInspector({ row, onGone }: { row: SshKeyRow; onGone: () => void }) {
  const { key } = row;
  const [ending, setEnding] = useState<KeyEnd | null>(null);
  const copyPublic = async () => {
    try {
      await navigator.clipboard.writeText(await invoke.sshKeysExportPublic(key.id));
      toast.done(t('Public key copied'), t('Send it to the partner, who adds it to your account on the server.'));
    } catch (error) {
      toast.failed(error);
    }
  };
  return (
    <Inspector
      title={key.name}
      actions={
        <Menu
          trigger={
            <IconButton id="key-more" label={t('More: retire, delete')} size="sm">
              <Ellipsis />
            </IconButton>
          }
          actions={[
            { label: t('Retire'), icon: <Archive />, onSelect: () => setEnding('retire'), ...(key.status === 'active' ? {} : { disabled: true, note: key.status === 'retired' ? t('is retired') : t('is deleted') }) },
            { label: t('Delete'), icon: <Trash2 />, danger: true, separated: true, onSelect: () => setEnding('delete') },
          ]}
        />
      }
    >
      <InspectorSection className="gap-2.5">
        <div className="flex items-center gap-2">
          <StateBadge look={KEY_STATES[key.status]} />
          {key.status === 'retired' && <span className="text-sm text-muted">{t('Nothing logs in with it.')}</span>}
        </div>
        <KeyValues
          rows={[
            [t('Kind'), SSH_KINDS[key.key_type]],
            [t('Fingerprint'), <Fingerprint key="fingerprint" text={key.fingerprint} />],
            [t('Added'), <Added key="added" at={key.created_at} by={key.created_by} />],
            ...(key.notes ? [[t('Notes'), key.notes] as const] : []),
          ]}
        />
        <TagField fieldId="key-tags" kind="ssh_key" id={key.id} tags={row.tags} />
      </InspectorSection>
      <InspectorSection title={t('Public key')}>
        <p className="mono selectable line-clamp-4 rounded-md border border-line bg-sunken px-2 py-1.5 break-all text-muted">{key.public_key_data}</p>
        <Button id="copy-public-key" onClick={() => void copyPublic()}>
          <Copy />
          {t('Copy public key')}
        </Button>
      </InspectorSection>
      <WhereUsed id={key.id} status={key.status} />
      <History id={key.id} />
      {ending && (
        <RetireDelete
          what={ending}
          id={key.id}
          name={key.name}
          means={
            ending === 'retire'
              ? t('Nothing logs in with a retired key any more. Give the connections that have it another one.')
              : t('Its private part is destroyed. It cannot be brought back.')
          }
          run={() => (ending === 'retire' ? invoke.sshKeysRetire(key.id) : invoke.sshKeysDelete(key.id))}
          onClose={() => setEnding(null)}
          onDone={() => {
            setEnding(null);
            if (ending === 'delete') onGone();
          }}
        />
      )}
    </Inspector>
  );
}
