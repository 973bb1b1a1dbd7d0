/** Where the server is, and which protocol it speaks. */
import { useQuery } from '@tanstack/react-query';
import { Field } from '@/components/Field';
import { Input, NumberInput } from '@/components/Input';
import { Notice } from '@/components/Notice';
import { TagInput } from '@/components/TagInput';
import { Segmented } from '@/components/Toggle';
import { t } from '@/i18n';
import { tagsQuery, type ConnectionProtocol, type TlsMode } from '@/ipc';
import { usualPort, withProtocol, withTlsMode } from '../draft';
import { Section, type SectionProps } from './Section';

const PROTOCOLS: readonly { value: ConnectionProtocol; label: string }[] = [
  { value: 'sftp', label: 'SFTP' },
  { value: 'ftps', label: 'FTPS' },
  { value: 'ftp', label: 'FTP' },
];

const TLS_MODES: readonly { value: TlsMode; label: string; title: string }[] = [
  { value: 'explicit', label: t('Explicit'), title: t('After the greeting, by AUTH TLS; usually on port 21') },
  { value: 'implicit', label: t('Implicit'), title: t('At once; usually on port 990') },
];

export function ServerSection({ draft, onEdit, problems, view, groups }: SectionProps & { groups: readonly string[] }) {
  const known = useQuery(tagsQuery());
  return (
    <Section title={t('Server')}>
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] gap-3">
        <Field label={t('Name')} required error={problems.name}>
          <Input id="connection-name" autoFocus={view === null} value={draft.name} onChange={(event) => onEdit({ name: event.target.value })} />
        </Field>
        <Field label={t('Group')} error={problems.group}>
          <Input
            id="connection-group"
            list="connection-groups"
            placeholder={t('None')}
            value={draft.group ?? ''}
            onChange={(event) => onEdit({ group: event.target.value || null })}
          />
        </Field>
        <Field label={t('Protocol')} error={problems.protocol}>
          <Segmented
            label={t('Protocol')}
            value={draft.protocol}
            onChange={(protocol) => onEdit(withProtocol(draft, protocol))}
            segments={PROTOCOLS.map((protocol) => ({ ...protocol, id: `connection-protocol-${protocol.value}` }))}
          />
        </Field>
      </div>
      <datalist id="connection-groups">
        {groups.map((group) => (
          <option key={group} value={group} />
        ))}
      </datalist>
      <div className="flex gap-3">
        <Field label={t('Host')} required error={problems.host} className="flex-1">
          <Input id="connection-host" mono placeholder={draft.protocol === 'sftp' ? t('sftp.partner.example') : t('ftp.partner.example')} value={draft.host} onChange={(event) => onEdit({ host: event.target.value })} />
        </Field>
        <Field label={t('Port')} error={problems.port} className="w-24 flex-none">
          <NumberInput id="connection-port" className="mono" placeholder={String(usualPort(draft.protocol, draft.tls_mode))} value={draft.port} onChange={(port) => onEdit({ port })} />
        </Field>
        {draft.protocol === 'ftps' && (
          <Field label={t('TLS begins')} error={problems.tls_mode} className="flex-none">
            <Segmented
              label={t('TLS begins')}
              value={draft.tls_mode ?? 'explicit'}
              onChange={(mode) => onEdit(withTlsMode(draft, mode))}
              segments={TLS_MODES.map((mode) => ({ ...mode, id: `connection-tls-mode-${mode.value}` }))}
            />
          </Field>
        )}
      </div>
      <Field label={t('Tags')}>
        <TagInput id="connection-tags" names={draft.tags} known={(known.data ?? []).map((row) => row.tag)} onChange={(tags) => onEdit({ tags })} />
      </Field>
      {draft.protocol === 'ftp' && (
        <Notice tone="warn" title={t('Password and files travel unprotected')}>
          {t('Anyone on the way can read and change them, and nothing proves who the server is. Ask the partner for FTPS or SFTP.')}
        </Notice>
      )}
    </Section>
  );
}
