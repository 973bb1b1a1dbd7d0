/** By what the server is known to be itself: its host key, or its certificate. */
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Notice } from '@/components/Notice';
import { Select } from '@/components/Select';
import { t } from '@/i18n';
import type { HostKeyPolicy, TlsCertPolicy, TlsVersion } from '@/ipc';
import { KnownKeys } from './KnownKeys';
import { Section, type SectionProps } from './Section';

const KEY_POLICIES: readonly { value: HostKeyPolicy; label: string }[] = [
  { value: 'trust_on_first_use', label: t('Trust the first, refuse any change') },
  { value: 'manual', label: t('Only the key entered here') },
  { value: 'always_trust', label: t('Any key (not safe)') },
];

const CERTIFICATE_POLICIES: readonly { value: TlsCertPolicy; label: string }[] = [
  { value: 'system_trust', label: t('As this computer trusts it') },
  { value: 'pinned_thumbprint', label: t('Only the certificate entered here') },
  { value: 'insecure', label: t('Any certificate (not safe)') },
];

/** What is older is broken and not spoken. */
const VERSIONS: readonly { value: TlsVersion; label: string }[] = [
  { value: 'tls_1_2', label: 'TLS 1.2' },
  { value: 'tls_1_3', label: 'TLS 1.3' },
];

export function TrustSection(props: SectionProps) {
  switch (props.draft.protocol) {
    case 'sftp':
      return <HostKeyTrust {...props} />;
    case 'ftps':
      return <CertificateTrust {...props} />;
    case 'ftp':
      return null;
  }
}

function HostKeyTrust({ draft, onEdit, problems, view }: SectionProps) {
  return (
    <Section title={t('Trust')}>
      <Field label={t('Host key')} error={problems.host_key_policy}>
        <Select id="connection-policy" value={draft.host_key_policy} onChange={(host_key_policy) => onEdit({ host_key_policy })} options={KEY_POLICIES} />
      </Field>
      {draft.host_key_policy === 'manual' && (
        <Field label={t('Fingerprint')} required error={problems.stored_host_fingerprint} help={t("As the server's owner gave it to you.")}>
          <Input
            id="connection-fingerprint"
            mono
            placeholder="SHA256:…"
            value={draft.stored_host_fingerprint ?? ''}
            onChange={(event) => onEdit({ stored_host_fingerprint: event.target.value || null })}
          />
        </Field>
      )}
      {draft.host_key_policy === 'always_trust' && <Unsafe />}
      {view && view.known_hosts.length > 0 && <KnownKeys connection={view.connection} hosts={view.known_hosts} />}
    </Section>
  );
}

function CertificateTrust({ draft, onEdit, problems, view }: SectionProps) {
  return (
    <Section title={t('Trust')}>
      <Field label={t('Certificate')} error={problems.tls_cert_policy}>
        <Select id="connection-certificate-policy" value={draft.tls_cert_policy} onChange={(tls_cert_policy) => onEdit({ tls_cert_policy })} options={CERTIFICATE_POLICIES} />
      </Field>
      {draft.tls_cert_policy === 'pinned_thumbprint' && (
        <Field label={t('SHA-256 of the certificate')} required error={problems.tls_pinned_thumbprint} help={t("64 hexadecimal digits, with or without colons, as the server's owner gave them to you. The test shows what the server presents.")}>
          <Input
            id="connection-thumbprint"
            mono
            value={draft.tls_pinned_thumbprint ?? ''}
            onChange={(event) => onEdit({ tls_pinned_thumbprint: event.target.value || null })}
          />
        </Field>
      )}
      {draft.tls_cert_policy === 'insecure' && <Unsafe />}
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('Oldest TLS')} error={problems.tls_version_floor}>
          <Select
            id="connection-tls-oldest"
            value={draft.tls_version_floor === 'tls_1_3' ? 'tls_1_3' : 'tls_1_2'}
            onChange={(oldest) => onEdit({ tls_version_floor: oldest })}
            options={VERSIONS}
          />
        </Field>
        <Field
          label={t('Newest TLS')}
          error={problems.tls_version_ceiling}
          help={view?.connection.learned.tls_1_2_only ? t('This server can only be used with 1.2, as was found out.') : undefined}
        >
          <Select
            id="connection-tls-newest"
            value={draft.tls_version_ceiling ?? 'tls_1_3'}
            onChange={(newest) => onEdit({ tls_version_ceiling: newest === 'tls_1_3' ? null : newest })}
            options={VERSIONS}
          />
        </Field>
      </div>
    </Section>
  );
}

function Unsafe() {
  return (
    <Notice tone="fail" title={t('Anyone in between can read and change what is sent')}>
      {t('Works only while Settings allow it, and each use is written to the audit.')}
    </Notice>
  );
}
