/** One PGP key: who, until when, who uses it, and what can be done with it. */
import { useMutation } from '@tanstack/react-query';
import { Archive, Ban, Copy, Ellipsis, FileDigit, FileKey, FileText, FileX, Trash2, Upload } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '@/components/Button';
import { copy } from '@/components/clipboard';
import { Inspector, InspectorSection } from '@/components/Inspector';
import { Menu } from '@/components/Menu';
import { KeyValues } from '@/components/Page';
import { KEY_STATES, StateBadge } from '@/components/State';
import { toast } from '@/components/toast';
import { TagField } from '@/features/tags/TagField';
import { t } from '@/i18n';
import { invoke, type PgpKey, type PgpKeyRow } from '@/ipc';
import { day, exactTime, inFours, left } from '@/lib/format';
import { History } from './History';
import { Added, Fingerprint } from './Inspector';
import { ExportPrivate, RevokeKey } from './KeyActions';
import { RetireDelete, type KeyEnd } from './RetireDelete';
import { Successor } from './Successor';
import { WhereUsed } from './WhereUsed';
import { PGP_KINDS, userOf } from './words';

export function PgpInspector({ row, onGone }: { row: PgpKeyRow; onGone: () => void }) {
  const { key } = row;
  const [ending, setEnding] = useState<KeyEnd | null>(null);
  const [task, setTask] = useState<'revoke' | 'export_private' | null>(null);
  const pair = key.key_type === 'key_pair';
  const exports = useExports(key);
  const partners = pair ? {} : { disabled: true, note: t('only its owner can') };
  const why: Partial<Record<PgpKey['status'], string>> = { retired: t('is retired'), revoked: t('is revoked') };
  const ended = why[key.status] === undefined ? {} : { disabled: true, note: why[key.status] };
  return (
    <Inspector
      title={key.name}
      actions={
        <>
          <Menu
            trigger={
              <IconButton id="export-key" label={t('Export')} size="sm" busy={exports.busy}>
                <Upload />
              </IconButton>
            }
            actions={[
              { label: t('Export public key'), icon: <FileText />, onSelect: () => exports.publicKey(true) },
              { label: t('Export public key as binary'), icon: <FileDigit />, onSelect: () => exports.publicKey(false) },
              { label: t('Export private key'), icon: <FileKey />, separated: true, onSelect: () => setTask('export_private'), ...partners },
              { label: t('Export revocation certificate'), icon: <FileX />, onSelect: exports.revocation, ...partners },
            ]}
          />
          <Menu
            trigger={
              <IconButton id="key-more" label={t('More: copy, retire, revoke, delete')} size="sm">
                <Ellipsis />
              </IconButton>
            }
            actions={[
              { label: t('Copy public key'), icon: <Copy />, onSelect: () => copy(key.public_key_data, t('Public key')) },
              { label: t('Retire'), icon: <Archive />, separated: true, onSelect: () => setEnding('retire'), ...ended },
              { label: t('Revoke'), icon: <Ban />, danger: true, onSelect: () => setTask('revoke'), ...(key.status === 'revoked' ? ended : {}) },
              { label: t('Delete'), icon: <Trash2 />, danger: true, onSelect: () => setEnding('delete') },
            ]}
          />
        </>
      }
    >
      <InspectorSection className="gap-2.5">
        <Life pgpKey={key} />
        <KeyValues
          rows={[
            [t('User'), key.user_ids.length > 0 ? key.user_ids.map((user) => <User key={user} text={user} />) : '–'],
            [t('Kind'), pair ? t('{{algorithm}}, our pair', { algorithm: PGP_KINDS[key.algorithm] }) : t('{{algorithm}}, public key of a partner', { algorithm: PGP_KINDS[key.algorithm] })],
            [t('Fingerprint'), <Fingerprint key="fingerprint" text={key.fingerprint} shown={inFours(key.fingerprint)} />],
            [t('Added'), <Added key="added" at={key.created_at} by={key.created_by} />],
            ...(key.purpose ? [[t('For'), key.purpose] as const] : []),
          ]}
        />
        <TagField fieldId="key-tags" kind="pgp_key" id={key.id} tags={row.tags} />
      </InspectorSection>
      <WhereUsed id={key.id} status={key.status} until={key.expires_at ? day(key.expires_at) : undefined} />
      <Successor row={row} />
      <History id={key.id} />
      {task === 'revoke' && <RevokeKey pgpKey={key} onClose={() => setTask(null)} />}
      {task === 'export_private' && <ExportPrivate pgpKey={key} onClose={() => setTask(null)} />}
      {ending && (
        <RetireDelete
          what={ending}
          id={key.id}
          name={key.name}
          means={
            ending === 'retire'
              ? t('A retired key still opens and checks what was made before. Nothing is encrypted to it or signed with it any more.')
              : pair
                ? t('Its private part is destroyed. Files that were encrypted to it can never be opened again.')
                : t('Nothing can be encrypted to it and its signatures cannot be checked any more.')
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

/** What is written to a file without more questions than which file. */
function useExports(key: PgpKey) {
  const write = useMutation({
    mutationFn: async ({ title, to }: { title: string; to: (path: string) => Promise<unknown>; done: string; remark?: string }) => {
      const path = await invoke.localPick({ kind: 'save_file', title });
      if (path !== null) await to(path);
      return path;
    },
    onSuccess: (path, { done, remark }) => {
      if (path !== null) toast.done(done, remark ?? path);
    },
    onError: (error) => toast.failed(error),
  });
  return {
    busy: write.isPending,
    publicKey: (armored: boolean) =>
      write.mutate({ title: t('Export the public key of {{name}}', { name: key.name }), to: (path) => invoke.pgpKeysExport(key.id, path, armored), done: t('Public key exported') }),
    revocation: () =>
      write.mutate({
        title: t('Export the revocation certificate of {{name}}', { name: key.name }),
        to: (path) => invoke.pgpKeysExportRevocation(key.id, path),
        done: t('Revocation certificate exported'),
        remark: t('Keep it apart: whoever imports it revokes the key.'),
      }),
  };
}

function User({ text }: { text: string }) {
  const { name, mail } = userOf(text);
  return (
    <div title={text}>
      {name && <div className="truncate">{name}</div>}
      {mail && <div className={name ? 'truncate text-faint' : 'truncate'}>{mail}</div>}
    </div>
  );
}

const MEANS: Partial<Record<PgpKey['status'], string>> = {
  retired: t('Opens and checks old files, protects no new ones.'),
  revoked: t('Does nothing any more.'),
};

function Life({ pgpKey }: { pgpKey: PgpKey }) {
  const look = KEY_STATES[pgpKey.status];
  const at = pgpKey.expires_at;
  const remaining = at === null ? null : left(at);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center gap-2">
        <StateBadge look={look}>{pgpKey.status === 'expiring' && remaining ? t('Expires in {{remaining}}', { remaining }) : undefined}</StateBadge>
        <span className="num truncate text-sm text-muted" title={at ? exactTime(at) : undefined}>
          {at === null ? t('No expiry') : remaining === null ? t('expired {{day}}', { day: day(at) }) : pgpKey.status === 'expiring' ? day(at) : t('until {{day}}', { day: day(at) })}
        </span>
      </div>
      {MEANS[pgpKey.status] && <p className="text-sm text-muted">{MEANS[pgpKey.status]}</p>}
    </div>
  );
}
