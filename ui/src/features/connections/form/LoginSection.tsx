/** Who we are on the server. */
import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { Field } from '@/components/Field';
import { Input, SecretInput } from '@/components/Input';
import { Select } from '@/components/Select';
import { Segmented } from '@/components/Toggle';
import { toast } from '@/components/toast';
import { SSH_KINDS } from '@/features/keys/words';
import { t } from '@/i18n';
import { sshKeysQuery, type AuthMethod } from '@/ipc';
import { Section, type SectionProps } from './Section';

const METHODS: readonly { value: AuthMethod; label: string }[] = [
  { value: 'password', label: t('Password') },
  { value: 'ssh_key', label: t('SSH key') },
  { value: 'password_and_ssh_key', label: t('Both') },
];

export function LoginSection({ draft, onEdit, problems, view }: SectionProps) {
  const usesPassword = draft.auth_method !== 'ssh_key';
  const usesKey = draft.auth_method !== 'password';
  return (
    <Section title={t('Log in')}>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('User name')} required error={problems.username}>
          <Input id="connection-username" mono value={draft.username} onChange={(event) => onEdit({ username: event.target.value })} />
        </Field>
        {(draft.protocol === 'sftp' || usesKey) && (
          <Field label={t('With')} error={problems.auth_method}>
            <Segmented
              full
              label={t('Log in with')}
              value={draft.auth_method}
              onChange={(auth_method) => onEdit({ auth_method })}
              segments={METHODS.map((method) => ({ ...method, id: `auth-${method.value}` }))}
            />
          </Field>
        )}
      </div>
      {usesPassword && (
        <Field
          label={t('Password')}
          required
          error={problems.password}
          help={view?.has_password ? t('One is kept in the vault. Leave this empty to keep it.') : t('Kept in the vault, encrypted.')}
        >
          <SecretInput
            id="connection-password"
            placeholder={view?.has_password ? '••••••••••' : ''}
            value={draft.password}
            onChange={(event) => onEdit({ password: event.target.value })}
          />
        </Field>
      )}
      {usesKey && <SshKeyField draft={draft} onEdit={onEdit} error={problems.ssh_key_id} />}
    </Section>
  );
}

function SshKeyField({ draft, onEdit, error }: Pick<SectionProps, 'draft' | 'onEdit'> & { error: string | undefined }) {
  const keys = useQuery(sshKeysQuery());
  const usable = (keys.data ?? []).filter(({ key }) => key.status === 'active' || key.id === draft.ssh_key_id);
  const chosen = usable.find(({ key }) => key.id === draft.ssh_key_id)?.key;
  const copy = (text: string) =>
    void navigator.clipboard.writeText(text).then(
      () => toast.done(t('Public key copied'), t('Send it to the partner, who adds it to your account on the server.')),
      () => toast.failed(new Error(t('The clipboard is not available.'))),
    );
  return (
    <Field
      label={t('SSH key')}
      required
      error={error}
      help={
        chosen ? (
          <span className="flex items-center gap-2">
            <span className="mono truncate">{chosen.fingerprint}</span>
            <button type="button" className="ml-auto flex-none text-accent-ink hover:underline" onClick={() => copy(chosen.public_key_data)}>
              {t('Copy public key')}
            </button>
          </span>
        ) : usable.length === 0 && keys.isSuccess ? (
          <a href="#/keys?kind=ssh" className="text-accent-ink hover:underline">
            {t('Generate or import an SSH key first')}
          </a>
        ) : undefined
      }
    >
      <Select
        id="connection-ssh-key"
        icon={<KeyRound />}
        value={draft.ssh_key_id}
        onChange={(ssh_key_id) => onEdit({ ssh_key_id })}
        options={usable.map(({ key }) => ({ value: key.id, label: key.name, note: SSH_KINDS[key.key_type] }))}
        placeholder={t('Choose a key')}
      />
    </Field>
  );
}
