/** One PGP key: who, until when, who uses it, and what can be done with it. */
import { useMutation } from '@tanstack/react-query';
import { Archive, Ban, Copy, Ellipsis, FileKey, FileX, Trash2, Upload } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '@/components/Button';
import { Menu } from '@/components/Menu';
import { KeyValues } from '@/components/Page';
import { KEY_STATES, StateBadge } from '@/components/State';
import { toast } from '@/components/toast';
import { invoke, type PgpKey, type PgpKeyRow } from '@/ipc';
import { day, exactTime, inFours, left } from '@/lib/format';
import { History } from './History';
import { Inspector, InspectorSection, WhereUsed } from './Inspector';
import { ExportPrivate, RevokeKey } from './KeyActions';
import { RetireDelete, type KeyEnd } from './RetireDelete';
import { Successor } from './Successor';
import { PGP_KINDS } from './words';

export function PgpInspector({ row, onGone }: { row: PgpKeyRow; onGone: () => void }) {
  const { key } = row;
  const [ending, setEnding] = useState<KeyEnd | null>(null);
  const [task, setTask] = useState<'revoke' | 'export_private' | null>(null);
  const pair = key.key_type === 'key_pair';
  const mayProtect = key.status === 'active' || key.status === 'expiring';
  const exportKey = useMutation({
    mutationFn: async () => {
      const path = await invoke.localPick({ kind: 'save_file', title: `Export the public key of ${key.name}` });
      if (path !== null) await invoke.pgpKeysExport(key.id, path, true);
      return path;
    },
    onSuccess: (path) => path !== null && toast.done('Public key exported', path),
    onError: (error) => toast.failed(error),
  });
  const exportRevocation = useMutation({
    mutationFn: async () => {
      const path = await invoke.localPick({ kind: 'save_file', title: `Export the revocation certificate of ${key.name}` });
      if (path !== null) await invoke.pgpKeysExportRevocation(key.id, path);
      return path;
    },
    onSuccess: (path) => path !== null && toast.done('Revocation certificate exported', 'Keep it apart: whoever imports it revokes the key.'),
    onError: (error) => toast.failed(error),
  });
  const copy = () =>
    void navigator.clipboard.writeText(key.public_key_data).then(
      () => toast.done('Public key copied'),
      () => toast.failed(new Error('The clipboard is not available.')),
    );
  return (
    <Inspector
      title={key.name}
      actions={
        <>
          <IconButton id="export-key" label="Export public key" size="sm" busy={exportKey.isPending} onClick={() => exportKey.mutate()}>
            <Upload />
          </IconButton>
          <Menu
            trigger={
              <IconButton id="key-more" label="More: copy, export, retire, revoke, delete" size="sm">
                <Ellipsis />
              </IconButton>
            }
            actions={[
              { label: 'Copy public key', icon: <Copy />, onSelect: copy },
              ...(pair
                ? [
                    { label: 'Export private key', icon: <FileKey />, onSelect: () => setTask('export_private') },
                    { label: 'Export revocation certificate', icon: <FileX />, onSelect: () => exportRevocation.mutate() },
                  ]
                : []),
              ...(mayProtect ? [{ label: 'Retire', icon: <Archive />, onSelect: () => setEnding('retire') }] : []),
              ...(key.status === 'revoked' ? [] : [{ label: 'Revoke', icon: <Ban />, danger: true, separated: true, onSelect: () => setTask('revoke') }]),
              { label: 'Delete', icon: <Trash2 />, danger: true, separated: key.status === 'revoked', onSelect: () => setEnding('delete') },
            ]}
          />
        </>
      }
    >
      <InspectorSection className="gap-2.5">
        <Life pgpKey={key} />
        <KeyValues
          rows={[
            ['User', key.user_ids.length > 0 ? key.user_ids.map((user) => <div key={user} className="truncate" title={user}>{user}</div>) : '–'],
            ['Kind', `${PGP_KINDS[key.algorithm]}, ${pair ? 'our pair' : 'public key of a partner'}`],
            ['Fingerprint', <span key="fingerprint" className="mono block max-w-[168px] leading-[17px]">{inFours(key.fingerprint)}</span>],
            ['Made', `${day(key.created_at)} by ${key.created_by}`],
            ...(key.purpose ? [['For', key.purpose] as const] : []),
          ]}
        />
      </InspectorSection>
      <WhereUsed id={key.id} expiring={key.status === 'expiring'} until={key.expires_at ? day(key.expires_at) : undefined} />
      <Successor row={row} />
      <History id={key.id} updatedAt={key.updated_at} />
      {task === 'revoke' && <RevokeKey pgpKey={key} onClose={() => setTask(null)} />}
      {task === 'export_private' && <ExportPrivate pgpKey={key} onClose={() => setTask(null)} />}
      {ending && (
        <RetireDelete
          what={ending}
          id={key.id}
          name={key.name}
          means={
            ending === 'retire'
              ? 'A retired key still opens and checks what was made before. Nothing is encrypted to it or signed with it any more.'
              : pair
                ? 'Its private part is destroyed. Files that were encrypted to it can never be opened again.'
                : 'Nothing can be encrypted to it and its signatures cannot be checked any more.'
          }
          run={() => (ending === 'retire' ? invoke.pgpKeysRetire(key.id) : invoke.pgpKeysDelete(key.id))}
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

function Life({ pgpKey }: { pgpKey: PgpKey }) {
  const look = KEY_STATES[pgpKey.status];
  const remaining = pgpKey.expires_at === null ? null : left(pgpKey.expires_at);
  return (
    <div className="flex items-center gap-2">
      <StateBadge look={look}>{pgpKey.status === 'expiring' && remaining ? `Expires in ${remaining}` : undefined}</StateBadge>
      <span className="num truncate text-sm text-muted" title={pgpKey.expires_at ? exactTime(pgpKey.expires_at) : undefined}>
        {pgpKey.expires_at === null ? 'No expiry' : pgpKey.status === 'expiring' ? day(pgpKey.expires_at) : `until ${day(pgpKey.expires_at)}`}
      </span>
    </div>
  );
}
