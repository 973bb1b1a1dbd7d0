/** One SSH key: its public half to send, and what logs in with it. */
import { Archive, Copy, Ellipsis, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/Button';
import { Menu } from '@/components/Menu';
import { KeyValues } from '@/components/Page';
import { KEY_STATES, StateBadge } from '@/components/State';
import { toast } from '@/components/toast';
import { invoke, type SshKeyRow } from '@/ipc';
import { day } from '@/lib/format';
import { Inspector, InspectorSection, WhereUsed } from './Inspector';
import { RetireDelete, type KeyEnd } from './RetireDelete';
import { SSH_KINDS } from './words';

export function SshInspector({ row, onGone }: { row: SshKeyRow; onGone: () => void }) {
  const { key } = row;
  const [ending, setEnding] = useState<KeyEnd | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(await invoke.sshKeysExportPublic(key.id));
      toast.done('Public key copied', 'Send it to the partner, who adds it to your account on the server.');
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
            <IconButton id="key-more" label="More: retire, delete" size="sm">
              <Ellipsis />
            </IconButton>
          }
          actions={[
            ...(key.status === 'active' ? [{ label: 'Retire', icon: <Archive />, onSelect: () => setEnding('retire') }] : []),
            { label: 'Delete', icon: <Trash2 />, danger: true, separated: key.status === 'active', onSelect: () => setEnding('delete') },
          ]}
        />
      }
    >
      <InspectorSection className="gap-2.5">
        <div>
          <StateBadge look={KEY_STATES[key.status]} />
        </div>
        <KeyValues
          rows={[
            ['Kind', SSH_KINDS[key.key_type]],
            ['Fingerprint', <span key="fingerprint" className="mono break-all">{key.fingerprint}</span>],
            ['Made', `${day(key.created_at)} by ${key.created_by}`],
          ]}
        />
      </InspectorSection>
      <InspectorSection title="Public key">
        <p className="mono selectable line-clamp-4 rounded-md border border-line bg-sunken px-2 py-1.5 break-all text-muted">{key.public_key_data}</p>
        <Button id="copy-public-key" onClick={() => void copy()}>
          <Copy />
          Copy public key
        </Button>
      </InspectorSection>
      <WhereUsed id={key.id} expiring={false} />
      {ending && (
        <RetireDelete
          what={ending}
          id={key.id}
          name={key.name}
          means={
            ending === 'retire'
              ? 'A retired key is not offered for connections any more. Connections that have it go on using it.'
              : 'Its private part is destroyed. Connections that log in with it stop working.'
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
